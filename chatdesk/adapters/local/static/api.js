// Talks to the server. What could not be sent says why, and whether trying again may help.

const PATIENCE_MILLISECONDS = 15000;

let person = "";
let token = "";

/** Something was not done; `message` is for the person, `canRetry` when the same again may work. */
export class NotDone extends Error {
  constructor(sentence, canRetry) {
    super(sentence);
    this.canRetry = canRetry;
  }
}

export function speakAs(handle) {
  person = handle;
}

export function useToken(fresh) {
  token = fresh;
}

export function freshKey() {
  return crypto.randomUUID();
}

export function address(path, query = {}) {
  return `/local/${path}?${new URLSearchParams({ for: person, ...query })}`;
}

export async function read(path, query = {}) {
  return (await ask(address(path, query), {})).json();
}

/** Do something. `body.key` makes it safe to try again. */
export async function act(path, body) {
  const answer = await askWithToken(address(path), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

export async function sendFile(file) {
  const type = file.type || "application/octet-stream";
  const answer = await askWithToken(address("files", { name: file.name }), {
    method: "POST",
    headers: { "Content-Type": type },
    body: file,
    patience: 10 * PATIENCE_MILLISECONDS,
  });
  return answer.json();
}

async function askWithToken(url, options) {
  const withToken = () => ({ ...options, headers: { ...options.headers, "X-Chatdesk-Token": token } });
  try {
    return await ask(url, withToken());
  } catch (problem) {
    if (!(problem instanceof NotDone) || problem.status !== 401) throw problem;
    token = (await read("workspace")).token; // the server was started anew
    return ask(url, withToken());
  }
}

async function ask(url, { patience = PATIENCE_MILLISECONDS, ...options }) {
  let answer;
  try {
    answer = await fetch(url, { ...options, signal: AbortSignal.timeout(patience) });
  } catch {
    throw new NotDone("The desk cannot be reached. Nothing you typed is lost.", true);
  }
  if (answer.ok) return answer;
  const problem = new NotDone(await sentenceOf(answer), answer.status >= 500);
  problem.status = answer.status;
  throw problem;
}

async function sentenceOf(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return `The desk answered with an error (${answer.status}).`;
  }
}
