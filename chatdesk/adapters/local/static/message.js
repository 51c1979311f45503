// Shows one message: who, when, words or a card, files, and what can be done with it.

import { announce, build, icon, iconButton } from "./dom.js";
import { replaceCard, showCard, showFiles } from "./cards.js";
import { attachMenu } from "./menu.js";
import { nameOf, workspace } from "./workspace.js";
import * as words from "./words.js";

/**
 * Make the element of a message. `acts` has click(id, message, control), openThread(message),
 * edit(message, text), remove(message) and dismiss(message); each may be refused.
 */
export function showMessage(message, acts) {
  const element = build("li", { class: "message", tabindex: -1, "data-message": message.id });
  element.acts = acts;
  fill(element, message);
  return element;
}

/** Show the newer state of a message where it stands. */
export function updateMessage(element, message) {
  const before = element.message;
  if (JSON.stringify(before) === JSON.stringify(message)) return;
  if (element.querySelector(".edit-box")) {
    element.message = message; // shown when the editing ends
    return;
  }
  const card = element.querySelector(".card");
  if (card && before.card && message.card && !message.is_removed) {
    element.message = message;
    const changed = replaceCard(card, message.card, (id, control) => element.acts.click(id, element.message, control));
    if (changed) announce(`${message.card.title || nameOf(message.author)} changed: ${changed.slice(0, 240)}`);
    element.querySelector(".message-foot").replaceChildren(...foot(message, element.acts));
    describe(element, message);
    return;
  }
  const hadFocus = element.contains(document.activeElement);
  fill(element, message);
  if (hadFocus) element.focus({ preventScroll: true });
}

function fill(element, message) {
  element.message = message;
  element.classList.toggle("is-alone", message.is_only_for_reader);
  element.replaceChildren(
    avatar(message.author, message.card?.author),
    build("div", { class: "message-body" }, head(message), alone(message, element.acts), content(element, message), build("div", { class: "message-foot" }, foot(message, element.acts))),
    tools(element, message),
  );
  describe(element, message);
}

function describe(element, message) {
  const said = message.card ? message.card.fallback : message.text;
  element.setAttribute("aria-label", `${nameOf(message.author)}, ${words.clockTime(message.posted_at)}: ${said.slice(0, 200)}`);
}

/** The picture of who speaks; `spokenFor` is the person whose words the desk passes on. */
export function avatar(author, spokenFor = "") {
  const isDesk = author === workspace.desk && !spokenFor;
  const picture = isDesk ? icon("desk") : words.initials(spokenFor || nameOf(author));
  return build("span", { class: isDesk ? "avatar is-desk" : "avatar", "aria-hidden": "true" }, picture);
}

function head(message) {
  const speaksFor = message.card?.author;
  return build(
    "div",
    { class: "message-head" },
    build("span", { class: "message-author" }, speaksFor || nameOf(message.author)),
    speaksFor ? build("span", { class: "speaks-for" }, "through chatdesk") : null,
    build("time", { datetime: message.posted_at, title: words.moment(message.posted_at) }, words.clockTime(message.posted_at)),
    message.edited_at && !message.is_removed ? build("span", { class: "message-mark" }, "edited") : null,
  );
}

function alone(message, acts) {
  if (!message.is_only_for_reader) return null;
  return build(
    "p",
    { class: "only-you" },
    icon("eye"),
    "Only you see this",
    build("button", { type: "button", class: "link-button", click: () => acts.dismiss(message) }, "Dismiss"),
  );
}

function content(element, message) {
  if (message.is_removed) return build("p", { class: "message-text is-removed" }, "This message was deleted.");
  if (message.card) return showCard(message.card, (id, control) => element.acts.click(id, element.message, control));
  return build("p", { class: "message-text", dir: "auto" }, message.text);
}

function foot(message, acts) {
  const parts = [];
  if (message.files.length && !message.is_removed) parts.push(showFiles(message.files));
  if (message.replies && acts.openThread) {
    const unread = message.unread_replies ? [build("span", { class: "badge" }, `${message.unread_replies} new`)] : [];
    parts.push(
      build(
        "button",
        { type: "button", class: "replies link-button", click: () => acts.openThread(message) },
        icon("thread"),
        build("span", { class: "replies-count" }, words.count(message.replies, "reply", "replies")),
        ...unread,
        build("span", { class: "quiet" }, words.clockTime(message.last_reply_at)),
        build("span", { class: "quiet replies-last", dir: "auto" }, message.last_reply),
      ),
    );
  }
  return parts;
}

function tools(element, message) {
  if (message.is_removed || message.is_only_for_reader) return build("span");
  const { acts } = element;
  const row = build("div", { class: "message-tools" });
  const add = (name, label, act) => {
    const button = iconButton(name, label, act ?? null, { tabindex: -1 });
    row.append(button);
    return button;
  };
  if (acts.openThread) add("thread", "Reply in thread", () => acts.openThread(message));
  if (message.author === workspace.me) {
    add("edit", "Edit message", () => startEditing(element));
    const remove = add("trash", "Delete message");
    attachMenu(remove, () => [{ note: "Delete it for everybody?" }, { label: "Delete", act: () => acts.remove(element.message) }]);
  }
  return row.children.length ? row : build("span");
}

function startEditing(element) {
  const { message } = element;
  const field = build("textarea", { "aria-label": "Your message", rows: 3 });
  field.value = message.text;
  const stop = () => {
    fill(element, element.message);
    element.focus();
  };
  const save = async () => {
    if (field.value === message.text || (await element.acts.edit(message, field.value))) stop();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      stop();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      save();
    }
  });
  const buttons = build(
    "div",
    { class: "edit-actions" },
    build("button", { type: "button", class: "button primary", click: save }, "Save"),
    build("button", { type: "button", class: "button", click: stop }, "Cancel"),
  );
  element.querySelector(".message-text").replaceWith(build("div", { class: "edit-box" }, field, buttons));
  field.focus();
}
