// Puts the page together: who is looking, which place and thread are open, and what arrives.

import { NotDone, address, read } from "./api.js";
import { Pane } from "./conversation.js";
import { announce, build, icon } from "./dom.js";
import { FormDialog } from "./forms.js";
import { Live } from "./live.js";
import { Places } from "./places.js";
import { showTimeMachine } from "./timemachine.js";
import { load, placeCalled, setTime, workspace } from "./workspace.js";

const panes = document.getElementById("panes");
const connection = document.getElementById("connection");

class Page {
  constructor() {
    const on = {
      openThread: (message) => this.goTo(message.place, message.id),
      form: (form, where) => this.forms.open(form, where),
      places: (places) => this.showPlaces(places),
    };
    this.places = new Places((place) => this.goTo(place));
    this.conversation = new Pane(document.getElementById("conversation"), { ...on, close: () => this.goTo("") }, false);
    this.thread = new Pane(document.getElementById("thread"), { ...on, close: () => this.goTo(this.conversation.place) }, true);
    this.forms = new FormDialog((told, where) => this.paneAt(where).told(told, where));
    this.live = new Live((query) => address("live", query), {
      message: ({ message }) => this.arrived(message),
      places: () => this.refresh(),
      time: () => this.refreshTime(),
      people: () => {
        this.countSoon();
        this.lookAround();
      },
      reset: () => location.reload(),
      connection: (isLost) => this.showConnection(isLost),
    });
  }

  start() {
    this.tick = showTimeMachine();
    addEventListener("hashchange", () => this.route());
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () => document.hidden || this.shownPanes().forEach((pane) => pane.see()));
    document.getElementById("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.composer()?.focus();
    });
    this.route();
    this.forms.restore();
    this.live.start(workspace.position);
    this.lookAround();
  }

  // --- where we are -----------------------------------------------------------------------------

  goTo(place, thread = "") {
    const hash = `#${encodeURI(place)}${thread ? `~${thread}` : ""}`;
    if (location.hash === hash) this.route();
    else location.hash = hash;
  }

  /** The address says what is open: it can be shared between tabs and walked back. */
  async route() {
    const [wanted, thread = ""] = decodeURI(location.hash.slice(1)).split("~");
    const isNarrow = matchMedia("(max-width: 640px)").matches;
    const isHome = !placeCalled(wanted);
    const place = isHome ? this.conversation.place || firstPlace() : wanted;
    panes.dataset.pane = thread ? "thread" : isHome && isNarrow ? "places" : "conversation";
    if (!place) return;
    const opened = [];
    if (!this.conversation.isAt(place)) opened.push(this.conversation.open(place));
    if (thread && !this.thread.isAt(place, thread)) opened.push(this.thread.open(place, thread));
    const hadThread = !this.thread.host.hidden;
    this.thread.host.hidden = !thread;
    panes.classList.toggle("has-thread", Boolean(thread));
    if (!thread) Object.assign(this.thread, { place: "", thread: "" });
    this.places.show(panes.dataset.pane === "places" ? "" : place);
    if (opened.length || hadThread !== Boolean(thread)) this.focusAfter(thread, hadThread);
    await Promise.all(opened);
  }

  focusAfter(thread, hadThread) {
    if (matchMedia("(hover: none)").matches || document.activeElement?.classList.contains("place")) return;
    if (thread) this.thread.composer.focus();
    else if (hadThread) this.conversation.composer?.focus();
  }

  shownPanes() {
    return [this.conversation, this.thread].filter((pane) => pane.place);
  }

  paneAt({ place, thread }) {
    return thread && this.thread.isAt(place, thread) ? this.thread : this.conversation;
  }

  composer() {
    return this.thread.place ? this.thread.composer : this.conversation.composer;
  }

  // --- what arrives -----------------------------------------------------------------------------

  arrived(message) {
    for (const pane of this.shownPanes()) pane.arrived(message);
    this.countSoon();
    this.lookAround();
  }

  countSoon() {
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.refresh(), 150);
  }

  async refresh() {
    try {
      this.showPlaces((await read("workspace")).places);
    } catch (problem) {
      if (!(problem instanceof NotDone)) throw problem; // told by the stream, which reconnects
    }
  }

  showPlaces(places) {
    const isFirst = !this.conversation.place;
    workspace.places = places;
    this.places.show();
    const here = placeCalled(this.conversation.place);
    this.conversation.showUnread(here?.unread ?? 0);
    if (isFirst) this.route();
  }

  async refreshTime() {
    try {
      setTime((await read("workspace")).time.now);
      this.tick();
    } catch (problem) {
      if (!(problem instanceof NotDone)) throw problem;
    }
  }

  async lookAround() {
    clearTimeout(this.looking);
    this.looking = setTimeout(async () => {
      try {
        this.places.showWaiting((await read("waiting")).waiting);
      } catch (problem) {
        if (!(problem instanceof NotDone)) throw problem;
      }
    }, 200);
  }

  showConnection(isLost) {
    if (connection.hidden === !isLost) return;
    connection.hidden = !isLost;
    connection.textContent = isLost ? "The connection is lost; trying again. Nothing you type is lost." : "";
    if (!isLost) announce("Connected again.");
  }

  key(event) {
    if (event.defaultPrevented || document.getElementById("form").open) return;
    const isTyping = event.target.matches?.("textarea, input, select");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const composer = this.composer();
      if (!composer?.isEmpty) event.preventDefault(); // in an empty one, the slash begins a command
      composer?.focus();
    } else if (event.key === "Escape" && this.thread.place) {
      this.goTo(this.conversation.place);
    }
  }
}

function firstPlace() {
  return (workspace.places.find((place) => place.kind === "direct") ?? workspace.places[0])?.place ?? "";
}

// --- theme and start ------------------------------------------------------------------------------

const THEMES = { system: ["as the system", "system"], light: ["light", "sun"], dark: ["dark", "moon"] };

function showTheme() {
  const button = document.getElementById("theme");
  const chosen = document.documentElement.dataset.theme ?? "system";
  const [words, picture] = THEMES[chosen];
  button.replaceChildren(icon(picture));
  button.setAttribute("aria-label", `Theme: ${words}`);
  button.title = `Theme: ${words}`;
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme ?? "system") + 1) % names.length];
  if (next === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("chatdesk.theme");
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem("chatdesk.theme", next);
  }
  showTheme();
}

function whoIsAsked() {
  const asked = new URLSearchParams(location.search).get("as") ?? localStorage.getItem("chatdesk.as") ?? "mara";
  return `local:${asked}`;
}

async function begin() {
  showTheme();
  document.getElementById("theme").addEventListener("click", nextTheme);
  try {
    await load(whoIsAsked());
  } catch (problem) {
    if (!(problem instanceof NotDone)) throw problem;
    const host = document.getElementById("conversation");
    panes.dataset.pane = "conversation";
    const links = build("a", { class: "button", href: "?as=mara" }, "Go on as Mara Lind");
    host.replaceChildren(build("div", { class: "empty", role: "alert" }, build("h2", {}, "The workspace did not open"), build("p", {}, problem.message), links));
    return;
  }
  localStorage.setItem("chatdesk.as", workspace.me.replace("local:", ""));
  new Page().start();
}

begin();
