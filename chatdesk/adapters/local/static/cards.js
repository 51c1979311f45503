// Shows cards: every kind of element the desk knows, edited in place part by part.

import { address } from "./api.js";
import { build, icon } from "./dom.js";
import { attachMenu } from "./menu.js";
import * as words from "./words.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Make a card. `onAct(id, control)` is called when a button or menu entry is chosen. */
export function showCard(card, onAct) {
  const host = build("div", { class: "card", "data-tone": card.tone });
  host.parts = [];
  replaceCard(host, card, onAct);
  return host;
}

/**
 * Show a newer card in the same place and return the words that changed.
 *
 * Parts that are the same stay as they are, with their focus and their open folds.
 */
export function replaceCard(host, card, onAct) {
  const before = host.parts;
  const isFirst = before.length === 0;
  const focused = host.contains(document.activeElement) ? document.activeElement : null;
  host.dataset.tone = card.tone;
  const title = card.title ? [{ kind: "title", text: card.title }] : [];
  const changed = [];
  host.parts = [...title, ...card.elements].map((part) => {
    const written = JSON.stringify(part);
    const same = before.find((each) => each.written === written && !each.isTaken);
    if (same) {
      same.isTaken = true;
      return { written, node: same.node };
    }
    const node = PARTS[part.kind](part, onAct);
    if (!isFirst && part.kind !== "buttons") {
      node.classList.add("changed");
      changed.push(node.textContent);
    }
    return { written, node };
  });
  place(host, host.parts.map((part) => part.node));
  if (focused && !host.contains(focused)) refocus(host, focused);
  return changed.join(". ");
}

/** Put the nodes in order without moving those that are already there. */
function place(host, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...host.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    if (host.children[at] !== node) host.insertBefore(node, host.children[at] ?? null);
  });
}

/** A button that was pressed is replaced by one of the same verb, else by the first there is. */
function refocus(host, lost) {
  const same = [...host.querySelectorAll("[data-verb]")].find((each) => each.dataset.verb === lost.dataset.verb);
  const next = same ?? host.querySelector(".card-buttons button") ?? host.closest(".message");
  next?.focus({ preventScroll: true });
}

const PARTS = {
  title: (part) => build("h3", { class: "card-title", dir: "auto" }, part.text),
  line: (part) => build("p", { class: part.is_strong ? "card-line is-strong" : "card-line", "data-tone": part.tone, dir: "auto" }, part.text),
  quote: showQuote,
  pairs: (part) =>
    build("dl", { class: "card-pairs" }, part.items.map(([label, value]) => build("div", {}, build("dt", {}, label), build("dd", { dir: "auto" }, value)))),
  table: showTable,
  files: (part) => showFiles(part.files),
  divider: () => build("hr", { class: "card-divider" }),
  buttons: showButtons,
};

function showQuote(part) {
  const author = part.author ? build("p", { class: "card-quote-author" }, part.author) : null;
  const text = build("p", { class: "card-quote-text", dir: "auto" }, part.text);
  const quote = build("blockquote", { class: "card-quote" }, author, text);
  if (part.folds) {
    quote.classList.add("is-folded");
    const fold = build("button", { type: "button", class: "link-button small", "aria-expanded": "false" }, "Show all");
    fold.addEventListener("click", () => {
      const isFolded = quote.classList.toggle("is-folded");
      fold.textContent = isFolded ? "Show all" : "Show less";
      fold.setAttribute("aria-expanded", String(!isFolded));
    });
    quote.append(fold);
  }
  return quote;
}

function showTable(part) {
  const head = build("tr", {}, part.columns.map((column) => build("th", { scope: "col" }, column)));
  const rows = part.rows.map((row) => build("tr", {}, row.map((cell) => build("td", { dir: "auto" }, cell))));
  const table = build("table", {}, build("caption", {}, part.caption), build("thead", {}, head), build("tbody", {}, rows));
  return build("div", { class: "card-table", tabindex: 0, role: "region", "aria-label": part.caption }, table);
}

function showButtons(part, onAct) {
  const row = build("div", { class: "card-buttons" });
  for (const each of part.buttons) {
    const style = each.weight === "normal" ? "button" : `button ${each.weight}`;
    const control = build("button", { type: "button", class: style, "data-verb": verbOf(each.id) }, each.label);
    control.addEventListener("click", () => onAct(each.id, control));
    row.append(control);
  }
  if (part.menu) row.append(showMenu(part.menu, onAct));
  return row;
}

function showMenu(menu, onAct) {
  const control = build("button", { type: "button", class: "button menu-button", "data-verb": "menu" }, menu.label);
  if (!/[\p{L}\p{N}]/u.test(menu.label)) control.setAttribute("aria-label", "More actions");
  attachMenu(control, () => menu.options.map((option) => ({ label: option.label, act: () => onAct(option.value, control) })));
  return control;
}

function verbOf(id) {
  return id.split(":")[0];
}

/** Files beneath words: pictures as pictures, everything to be downloaded. */
export function showFiles(files) {
  return build("div", { class: "files" }, files.map((file) => {
    const href = address(`files/${encodeURIComponent(file.attachment)}`);
    if (PICTURES.has(file.media_type)) {
      const picture = build("img", { class: "file-picture", src: href, alt: file.name, loading: "lazy" });
      return build("a", { href, download: file.name, title: `${file.name}, ${words.size(file.size)}` }, picture);
    }
    const name = build("span", { class: "file-name" }, file.name);
    const size = build("span", { class: "file-size" }, words.size(file.size));
    return build("a", { class: "file", href, download: file.name }, icon("file"), build("span", { class: "file-words" }, name, size));
  }));
}
