// What the page knows of the workspace: who looks, who else is here, where they talk, what time it is.

import { read, speakAs, useToken } from "./api.js";
import { readIn } from "./words.js";

export const workspace = { me: "", people: new Map(), places: [], languages: [], limits: {}, steps: [], position: "" };

let told = { at: 0, now: 0 };

export async function load(handle) {
  speakAs(handle);
  const seen = await read("workspace");
  useToken(seen.token);
  workspace.me = seen.me;
  workspace.desk = seen.desk;
  workspace.people = new Map(seen.people.map((person) => [person.handle, person]));
  workspace.places = seen.places;
  workspace.languages = seen.languages;
  workspace.limits = seen.limits;
  workspace.steps = seen.time.steps;
  workspace.position = seen.position;
  readIn(me().zone);
  setTime(seen.time.now);
}

export function me() {
  return workspace.people.get(workspace.me);
}

/** The desk's time in milliseconds; it runs between two words from the server. */
export function deskTime() {
  return told.now + (performance.now() - told.at);
}

export function setTime(now) {
  told = { at: performance.now(), now: Date.parse(now) };
}

export function placeCalled(place) {
  return workspace.places.find((each) => each.place === place) ?? null;
}

export function titleOf(place) {
  return place.kind === "channel" ? `#${place.name}` : "chatdesk";
}

export function nameOf(author) {
  if (author === workspace.desk) return "chatdesk";
  return workspace.people.get(author)?.name ?? author;
}

export const ROLES = { employee: "employee", agent: "agent", manager: "manager" };
