// One pane of messages: the conversation of a place, or a thread beside it.

import { NotDone, act, freshKey, read } from "./api.js";
import { announce, build, icon, iconButton } from "./dom.js";
import { Composer } from "./composer.js";
import { showMessage, updateMessage } from "./message.js";
import { deskTime, nameOf, placeCalled, titleOf, workspace } from "./workspace.js";
import * as words from "./words.js";

const NEAR_END_PIXELS = 96;
const CONTINUES_MILLISECONDS = 5 * 60 * 1000;

export class Pane {
  /** `on` has openThread(message), close(), form(form, where), places(list) and incoming(message). */
  constructor(host, on, isThread) {
    this.host = host;
    this.on = on;
    this.isThread = isThread;
    this.place = "";
    this.thread = "";
    this.elements = new Map();
    this.loading = 0;
  }

  isAt(place, thread = "") {
    return this.place === place && this.thread === thread;
  }

  get where() {
    return { place: this.place, thread: this.thread };
  }

  /** Show a place or thread from its newest messages. */
  async open(place, thread = "") {
    this.place = place;
    this.thread = thread;
    this.elements.clear();
    this.draw();
    const turn = (this.loading += 1);
    try {
      const page = await read("messages", { place, thread });
      if (turn !== this.loading) return;
      if (page.root) this.take(page.root);
      for (const message of page.messages) this.take(message);
      this.showEarlier(page.has_earlier);
      this.arrange();
      this.toEnd();
      this.see();
    } catch (problem) {
      if (turn === this.loading) this.failed(problem, () => this.open(place, thread));
    }
  }

  draw() {
    const place = placeCalled(this.place);
    const name = place ? titleOf(place) : this.place;
    const label = this.isThread ? `Thread in ${name}` : name;
    this.host.setAttribute("aria-label", this.isThread ? label : `Conversation ${name}`);
    this.items = build("ol", { role: "list", "aria-label": `Messages in ${label}` });
    this.earlier = build("div", { class: "earlier", hidden: true });
    this.newer = build("div", { class: "newer", hidden: true }, build("button", { type: "button", class: "button primary", click: () => this.toEnd() }, "New messages ↓"));
    this.list = build("div", { class: "messages" }, this.earlier, this.items, this.newer);
    this.list.addEventListener("scroll", () => this.scrolled());
    this.list.addEventListener("load", () => this.isFollowing && this.toEnd(), true); // pictures grow
    this.items.addEventListener("keydown", (event) => this.move(event));
    this.items.addEventListener("focusin", (event) => this.focused(event));
    const where = this.where;
    this.composer = new Composer({ ...where, label, sent: (told) => this.told(told, where) });
    this.host.replaceChildren(this.head(place, name), this.list, this.composer.element);
  }

  head(place, name) {
    if (this.isThread) {
      return build(
        "header",
        { class: "pane-head" },
        iconButton("back", "Back to the conversation", () => this.on.close(), { class: "icon-button back" }),
        build("div", { class: "pane-title" }, build("h2", {}, "Thread"), build("p", { class: "quiet small" }, name)),
        iconButton("close", "Close thread", () => this.on.close()),
      );
    }
    this.allSeen = build("button", { type: "button", class: "link-button small", hidden: true, click: () => this.seeAll() }, "Mark all as read");
    const about = !place ? "" : place.kind === "direct" ? "Your conversation with the help desk" : membersInWords(place);
    return build(
      "header",
      { class: "pane-head" },
      iconButton("back", "Back to the places", () => this.on.close(), { class: "icon-button back" }),
      build("div", { class: "pane-title" }, build("h1", {}, name), build("p", { class: "quiet small" }, about)),
      this.allSeen,
    );
  }

  /** Take the newest state of a message; true if it belongs here. */
  take(message) {
    const isRoot = this.isThread && message.id === this.thread;
    if (message.place !== this.place || (message.thread !== this.thread && !isRoot)) return false;
    const shown = this.elements.get(message.id);
    if (message.is_removed && !message.replies && !isRoot) {
      shown?.remove();
      this.elements.delete(message.id);
    } else if (shown) {
      updateMessage(shown, message);
    } else {
      this.insert(message);
    }
    return true;
  }

  /** Take a message that arrived while the pane was open. */
  arrived(message) {
    const isNew = !this.elements.has(message.id);
    const wasAtEnd = this.isAtEnd();
    if (!this.take(message)) return;
    this.arrange();
    const element = this.elements.get(message.id);
    if (isNew && element) {
      element.classList.add("arrived");
      if (message.author !== workspace.me) announce(`${nameOf(message.author)}: ${(message.card?.fallback ?? message.text).slice(0, 240)}`);
    }
    if (wasAtEnd || (isNew && (message.author === workspace.me || message.is_only_for_reader))) {
      this.toEnd();
      if (isNew && element?.offsetHeight > this.list.clientHeight) element.scrollIntoView({ block: "start" });
    } else if (isNew && element) this.newer.hidden = false;
    if (!document.hidden) this.see();
  }

  insert(message) {
    const acts = {
      click: (id, of, control) => this.click(id, of, control),
      openThread: this.isThread ? null : (of) => this.on.openThread(of),
      edit: (of, text) => this.change("edit", { message: of.id, text }),
      remove: (of) => this.change("remove", { message: of.id }),
      dismiss: (of) => this.change("dismiss", { message: of.id }),
    };
    const element = showMessage(message, acts);
    this.elements.set(message.id, element);
    const after = [...this.items.querySelectorAll(".message")].find((each) => Number(each.dataset.message) > Number(message.id));
    this.items.insertBefore(element, after ?? null);
  }

  /** Days between messages, and messages that go on where the one before ended. */
  arrange() {
    for (const rule of this.items.querySelectorAll(".day, .thread-rule")) rule.remove();
    let before = null;
    for (const element of this.items.querySelectorAll(".message")) {
      const { message } = element;
      const isNewDay = !before || words.dayKey(before.posted_at) !== words.dayKey(message.posted_at);
      if (isNewDay && !this.isThread) element.before(build("li", { class: "day", role: "separator" }, words.day(message.posted_at, deskTime())));
      element.classList.toggle("continues", !isNewDay && continues(before, message) && before.id !== this.thread);
      if (message.id === this.thread) {
        const replies = message.replies ? words.count(message.replies, "reply", "replies") : "No replies yet";
        element.after(build("li", { class: "thread-rule", role: "separator" }, replies));
      }
      before = message;
    }
    this.items.querySelector('.message[tabindex="0"]') ?? this.items.querySelector(".message:last-child")?.setAttribute("tabindex", "0");
    this.showEmpty(!before);
  }

  showEmpty(isEmpty) {
    this.list.querySelector(".empty")?.remove();
    if (!isEmpty) return;
    const place = placeCalled(this.place);
    const isDirect = place?.kind === "direct";
    this.list.prepend(
      build(
        "div",
        { class: "empty" },
        icon(isDirect ? "desk" : "hash"),
        build("h2", {}, isDirect ? "How can we help?" : `Welcome to ${place ? titleOf(place) : ""}`),
        build("p", {}, isDirect ? "Say what is wrong, or type " : "Nothing has been said here yet. Type ", build("code", {}, "/ticket"), isDirect ? " to see what the desk can do." : " to ask the desk for something."),
      ),
    );
  }

  showEarlier(hasEarlier) {
    this.earlier.hidden = !hasEarlier;
    if (!hasEarlier) return;
    this.earlier.replaceChildren(build("button", { type: "button", class: "button", click: () => this.readEarlier() }, "Earlier messages"));
  }

  async readEarlier() {
    const first = this.items.querySelector(`.message:not([data-message="${this.thread}"])`);
    const from = this.list.scrollHeight - this.list.scrollTop;
    try {
      const page = await read("messages", { ...this.where, before: first.dataset.message });
      for (const message of page.messages) this.take(message);
      this.showEarlier(page.has_earlier);
      this.arrange();
      this.list.scrollTop = this.list.scrollHeight - from;
      first.focus({ preventScroll: true });
    } catch (problem) {
      this.failed(problem, () => this.readEarlier());
    }
  }

  // --- acts -------------------------------------------------------------------------------------

  /** A button of a card: pressed once, however often; what could not be done can be tried again. */
  async click(id, message, control, key = freshKey()) {
    if (control.getAttribute("aria-disabled") === "true") return;
    const where = this.where;
    const element = this.elements.get(message.id);
    element?.querySelector(".notice")?.remove();
    control.setAttribute("aria-disabled", "true");
    control.classList.add("is-busy");
    try {
      const told = await act("click", { key, ...where, id, message: message.id });
      this.told(told, where);
    } catch (problem) {
      this.refused(element, problem, () => this.click(id, message, control, key));
    } finally {
      control.removeAttribute("aria-disabled");
      control.classList.remove("is-busy");
    }
  }

  async change(path, body, key = freshKey()) {
    const element = this.elements.get(body.message);
    element?.querySelector(".notice")?.remove();
    try {
      const told = await act(path, { key, ...this.where, ...body });
      if (told.answer) this.told(told, this.where);
      return true;
    } catch (problem) {
      this.refused(element, problem, () => this.change(path, body, key));
      return false;
    }
  }

  /** What the desk answered: a form to open, or words only this person sees. */
  told(told, where) {
    if (told.message && this.isAt(told.message.place, told.message.thread)) this.arrived(told.message);
    if (told.answer.form) this.on.form(told.answer.form, where);
    const wrong = Object.values(told.answer.errors).join(" ");
    if (wrong) this.refused(null, new NotDone(wrong, false));
  }

  refused(element, problem, again) {
    if (!(problem instanceof NotDone)) throw problem;
    const host = element?.querySelector(".message-body") ?? this.list;
    const notice = build("div", { class: "notice", role: "alert" }, problem.message);
    if (problem.canRetry) notice.append(build("button", { type: "button", class: "button", click: () => { notice.remove(); again(); } }, "Retry"));
    host.append(notice);
  }

  failed(problem, again) {
    if (!(problem instanceof NotDone)) throw problem;
    this.list.querySelector(".notice")?.remove();
    this.refused(null, problem, again);
  }

  // --- seeing -----------------------------------------------------------------------------------

  isAtEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END_PIXELS;
  }

  toEnd() {
    this.isFollowing = true;
    this.list.scrollTop = this.list.scrollHeight;
    this.newer.hidden = true;
  }

  scrolled() {
    this.isFollowing = this.isAtEnd();
    if (this.isFollowing) this.newer.hidden = true;
  }

  async see() {
    const last = Math.max(0, ...[...this.elements.keys()].map(Number));
    if (!last || this.lastSeen === `${this.place} ${this.thread} ${last}`) return;
    this.lastSeen = `${this.place} ${this.thread} ${last}`;
    await this.tellSeen({ ...this.where, message: String(last) });
  }

  async seeAll() {
    await this.tellSeen({ place: this.place });
    this.open(this.place);
  }

  async tellSeen(what) {
    try {
      this.on.places((await act("seen", { key: freshKey(), ...what })).places);
    } catch (problem) {
      if (!(problem instanceof NotDone)) throw problem; // the badge stays until the next time
    }
  }

  showUnread(unread) {
    if (this.allSeen) this.allSeen.hidden = !unread;
  }

  /** One message at a time is a stop of the Tab key, and only its tools are. */
  focused(event) {
    const at = event.target.closest(".message");
    for (const each of this.items.querySelectorAll(".message")) each.tabIndex = each === at ? 0 : -1;
    for (const tool of this.items.querySelectorAll(".message-tools button")) tool.tabIndex = at.contains(tool) ? 0 : -1;
  }

  /** Arrow keys go from message to message; Enter opens the thread. */
  move(event) {
    const at = event.target.closest?.(".message");
    if (!at || event.target !== at) return;
    const all = [...this.items.querySelectorAll(".message")];
    const moves = { ArrowUp: all.indexOf(at) - 1, ArrowDown: all.indexOf(at) + 1, Home: 0, End: all.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      const next = all[Math.max(0, Math.min(all.length - 1, moves[event.key]))];
      next.focus();
    } else if (event.key === "Enter" && !this.isThread && !at.message.is_only_for_reader) {
      event.preventDefault();
      this.on.openThread(at.message);
    }
  }
}

function membersInWords(place) {
  return place.members.length === workspace.people.size ? "Everybody is here" : place.members.map(nameOf).join(", ");
}

function continues(before, message) {
  return (
    before.author === message.author &&
    !before.card && !message.card && !before.replies && !message.is_only_for_reader && !before.is_only_for_reader &&
    Date.parse(message.posted_at) - Date.parse(before.posted_at) < CONTINUES_MILLISECONDS
  );
}
