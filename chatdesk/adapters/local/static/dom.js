// Builds the document. Every text goes in as text: nothing a person wrote is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M3.5 15h16",
  desk: "M6 3h12a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-5l-5 4v-4H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3zM8 10l3 3 5-5",
  send: "M4 12 20 4l-5 16-3.5-6.5z M11.5 13.5 20 4",
  clip: "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.5 3.5 0 0 1 5 5l-8.5 8.5a2 2 0 0 1-3-3L14 7",
  thread: "M4 5h16v11h-9l-5 4v-4H4z M8 9h8M8 12h5",
  edit: "M4 20h4L19 9l-4-4L4 16z M13 7l4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  close: "m6 6 12 12M18 6 6 18",
  back: "m14 6-6 6 6 6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4l3 2",
  forward: "m5 6 7 6-7 6zM13 6l7 6-7 6z",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M19 5l-1.5 1.5M6.5 17.5 5 19",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  warn: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  check: "m5 12.5 4.5 4.5L19 7.5",
};

/** Make an element. Attributes that are functions become listeners; null and false are left out. */
export function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A small picture beside words; it says nothing by itself. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows only a picture; `label` is its name and its tooltip. */
export function iconButton(name, label, act, attributes = {}) {
  return build(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, click: act, ...attributes },
    icon(name),
  );
}

/** Say something to those who do not see the change; what two panes say at once is said once. */
export function announce(words) {
  const announcer = document.getElementById("announcer");
  if (announcer.lastChild?.textContent === words) return;
  const said = build("p", {}, words);
  announcer.append(said);
  setTimeout(() => said.remove(), 8000);
}

let counted = 0;

/** An id nobody else on the page has. */
export function freshId(prefix) {
  counted += 1;
  return `${prefix}-${counted}`;
}
