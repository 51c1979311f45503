// A menu that opens at a button: arrow keys move, Enter chooses, Escape closes.

import { build, freshId } from "./dom.js";

let open = null;

/** Make a button open a menu. `entries` gives [{label, act}] or {note} each time it opens. */
export function attachMenu(button, entries) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    if (open?.button === button) closeMenu(true);
    else openMenu(button, entries());
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || open?.button === button) return;
    event.preventDefault();
    openMenu(button, entries());
  });
}

function openMenu(button, entries) {
  closeMenu(false);
  const id = freshId("menu");
  const label = button.getAttribute("aria-label") ?? button.textContent;
  const notes = entries.filter((entry) => entry.note).map((entry) => build("p", { class: "menu-note", id: `${id}-note` }, entry.note));
  const choices = entries.filter((entry) => !entry.note).map(menuItem);
  const list = build("div", { role: "menu", id, "aria-label": label, "aria-describedby": notes.length ? `${id}-note` : null }, choices);
  const menu = build("div", { class: "menu", tabindex: -1 }, notes, list);
  menu.addEventListener("keydown", moveInMenu);
  (button.closest("dialog") ?? document.body).append(menu);
  placeMenu(menu, button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  button.setAttribute("aria-controls", id);
  open = { menu, button };
  (items(menu)[0] ?? menu).focus();
}

function menuItem(entry) {
  const choose = () => {
    closeMenu(true);
    entry.act();
  };
  return build("button", { type: "button", role: "menuitem", tabindex: -1, click: choose }, entry.label);
}

function placeMenu(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + 4 + height <= innerHeight;
  const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
}

function items(menu) {
  return [...menu.querySelectorAll('[role="menuitem"]')];
}

function moveInMenu(event) {
  const all = items(open.menu);
  const at = all.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
  if (event.key in moves && all.length) {
    event.preventDefault();
    all[(moves[event.key] + all.length) % all.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.preventDefault();
    event.stopPropagation();
    closeMenu(true);
  }
}

export function closeMenu(returnsFocus) {
  if (!open) return;
  const { menu, button } = open;
  open = null;
  menu.remove();
  button.setAttribute("aria-expanded", "false");
  if (returnsFocus) button.focus();
}

document.addEventListener("click", () => closeMenu(false));
addEventListener("resize", () => closeMenu(false));
document.addEventListener("scroll", (event) => {
  if (!open?.menu.contains(event.target)) closeMenu(false);
}, true);
