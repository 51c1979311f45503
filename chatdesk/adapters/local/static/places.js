// The left pane: who one is, the channels, the conversation with the desk, and what is unread there.

import { NotDone, act, freshKey } from "./api.js";
import { announce, build, icon } from "./dom.js";
import { avatar } from "./message.js";
import { ROLES, me, titleOf, workspace } from "./workspace.js";
import * as words from "./words.js";

const host = document.getElementById("places");

export class Places {
  /** `go(place)` is called when a place is chosen. */
  constructor(go) {
    this.go = go;
    this.current = "";
    this.waiting = {};
    host.addEventListener("keydown", (event) => this.move(event));
  }

  show(current = this.current) {
    this.current = current;
    const focused = document.activeElement?.dataset?.place;
    host.replaceChildren(this.you(), ...this.groups(), foot());
    const stop = host.querySelector('.place[aria-current="page"]') ?? host.querySelector(".place");
    stop?.setAttribute("tabindex", "0");
    if (focused) [...host.querySelectorAll(".place")].find((each) => each.dataset.place === focused)?.focus();
    const unread = workspace.places.reduce((sum, place) => sum + place.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ""}${me().name} · chatdesk`;
  }

  /** What waits for the others, as {handle: unread}. */
  showWaiting(waiting) {
    this.waiting = waiting;
    this.show();
  }

  you() {
    const people = [...workspace.people.values()].map((person) => {
      const isMe = person.handle === workspace.me;
      const waits = isMe ? 0 : this.waiting[person.handle] ?? 0;
      const label = `${person.name}, ${ROLES[person.role]}${waits ? `, ${words.count(waits, "unread message", "unread messages")}` : ""}`;
      const link = build("a", { href: `?as=${person.handle.replace("local:", "")}`, "aria-label": label, title: label, "aria-current": isMe ? "true" : null }, avatar(person.handle));
      if (waits) link.append(build("span", { class: "you-dot", "aria-hidden": "true" }));
      return build("li", {}, link);
    });
    return build(
      "section",
      { class: "you", "aria-label": "Whom you are playing" },
      build("ul", { class: "you-people", role: "list" }, people),
      build("p", { class: "you-name" }, me().name),
      build("p", { class: "quiet small" }, `You play the ${ROLES[me().role]}. Choose another above.`),
      languageChoice(),
    );
  }

  groups() {
    const group = (title, kind) => {
      const places = workspace.places.filter((place) => place.kind === kind);
      if (!places.length) return [];
      const list = build("ul", { role: "list" }, places.map((place) => build("li", {}, this.entry(place))));
      return [build("section", { "aria-label": title }, build("h2", {}, title), list)];
    };
    return [...group("Direct messages", "direct"), ...group("Channels", "channel")];
  }

  entry(place) {
    const isCurrent = place.place === this.current;
    const badge = place.unread ? [build("span", { class: "badge", "aria-hidden": "true" }, place.unread > 99 ? "99+" : String(place.unread)), build("span", { class: "unseen" }, `, ${words.count(place.unread, "unread message", "unread messages")}`)] : [];
    return build(
      "button",
      { type: "button", class: place.unread ? "place has-unread" : "place", tabindex: -1, "data-place": place.place, "aria-current": isCurrent ? "page" : null, click: () => this.go(place.place) },
      icon(place.kind === "channel" ? "hash" : "desk"),
      build("span", { class: "place-name" }, titleOf(place).replace(/^#/, "")),
      ...badge,
    );
  }

  move(event) {
    const all = [...host.querySelectorAll(".place")];
    const at = all.indexOf(document.activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    if (at < 0 || !(event.key in moves)) return;
    event.preventDefault();
    const next = all[(moves[event.key] + all.length) % all.length];
    all[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

/** In which language the desk speaks to whom one is; what it says from now on is in it. */
function languageChoice() {
  const chosen = me().language;
  const unchosen = chosen ? [] : [build("option", { value: "", selected: "" }, "The desk's language")];
  const options = workspace.languages.map(({ language, name }) => build("option", { value: language, lang: language, selected: language === chosen ? "" : null }, name));
  const choice = build("select", { id: "language" }, ...unchosen, ...options);
  choice.addEventListener("change", () => choose(choice, chosen));
  return build("p", { class: "you-language small" }, build("label", { class: "quiet", for: "language" }, "Language"), choice);
}

async function choose(choice, before) {
  try {
    me().language = (await act("language", { key: freshKey(), language: choice.value })).language;
    announce(`The desk speaks ${choice.selectedOptions[0].textContent} to you from now on.`);
  } catch (problem) {
    if (!(problem instanceof NotDone)) throw problem;
    choice.value = before;
    announce(`The language stays as it was. ${problem.message}`);
  }
}

function foot() {
  const key = (name, does) => [build("dt", {}, build("kbd", {}, name)), build("dd", { class: "quiet" }, does)];
  const note = build("p", { class: "quiet" }, "A workspace to try things out: everything stays on this machine.");
  return build("footer", { class: "places-foot small" }, note, build("dl", { class: "keys" }, key("/", "write or command"), key("Esc", "close thread or form"), key("↑ ↓", "move in lists")));
}
