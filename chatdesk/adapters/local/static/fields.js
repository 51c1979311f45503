// One question of a form: its label, its control, its help, its count and what is wrong with it.

import { build, freshId, icon } from "./dom.js";
import { sendFiles, showChips } from "./uploads.js";
import { workspace } from "./workspace.js";
import * as words from "./words.js";

/**
 * Make a field. It has `element`, `read()`, `write(value)`, `focus(value)` and `refuse(sentence)`;
 * `changed(isSettled)` is called at every change, settled when the field was left or chosen.
 */
export function showField(field, changed) {
  const shown = field.kind === "several" || field.kind === "file" ? group(field) : single(field);
  const control = CONTROLS[field.kind](field, shown, changed);
  shown.element.classList.add(`field-${field.kind}`);
  return { field, element: shown.element, ...control, refuse: (sentence) => refuse(shown, sentence) };
}

function optional(field) {
  return field.is_required ? null : build("span", { class: "field-optional" }, "optional");
}

function single(field) {
  const id = freshId("field");
  const element = build("div", { class: "field" }, build("label", { class: "field-label", for: id }, field.label, optional(field)));
  return below(element, field, id);
}

function group(field) {
  const id = freshId("field");
  const element = build("fieldset", { class: "field" }, build("legend", { class: "field-label" }, field.label, field.is_required ? null : " ", optional(field)));
  return below(element, field, id);
}

/** What stands below the control, and how the control refers to it. */
function below(element, field, id) {
  const help = field.help ? build("span", { class: "field-help", id: `${id}-help` }, field.help) : null;
  const count = build("span", { class: "field-count", id: `${id}-count`, hidden: true });
  const error = build("p", { class: "field-error", id: `${id}-error`, hidden: true });
  element.append(build("div", { class: "field-below" }, help, count), error);
  const about = [help ? `${id}-help` : null].filter(Boolean);
  const shown = { element, id, count, error, about, controls: [] };
  shown.put = (holder, ...controls) => {
    element.querySelector(".field-label").after(holder);
    shown.controls = controls;
    describe(shown);
  };
  return shown;
}

function describe(shown) {
  const isWrong = !shown.error.hidden;
  const ids = [...(isWrong ? [shown.error.id] : []), ...shown.about, ...(shown.count.hidden ? [] : [shown.count.id])];
  for (const control of shown.controls) {
    if (ids.length) control.setAttribute("aria-describedby", ids.join(" "));
    else control.removeAttribute("aria-describedby");
    if (isWrong) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

function refuse(shown, sentence) {
  shown.error.hidden = !sentence;
  shown.error.replaceChildren(...(sentence ? [icon("warn"), build("span", {}, sentence)] : []));
  shown.element.classList.toggle("is-wrong", Boolean(sentence));
  describe(shown);
}

/** A live count of characters, from two thirds of the limit on; nothing typed is ever cut. */
function counted(shown, field, control) {
  if (!field.limit) return () => {};
  return () => {
    const length = [...control.value].length;
    const isOver = length > field.limit;
    const wasHidden = shown.count.hidden;
    shown.count.hidden = length * 3 < field.limit * 2;
    if (shown.count.hidden !== wasHidden) describe(shown);
    shown.count.textContent = isOver ? `${length - field.limit} too many of ${field.limit}` : `${length} of ${field.limit}`;
    shown.count.classList.toggle("is-over", isOver);
  };
}

function textual(tag, attributes) {
  return (field, shown, changed) => {
    const control = build(tag, { id: shown.id, name: field.name, "aria-required": String(field.is_required), autocomplete: "off", dir: "auto", ...attributes });
    const count = field.kind === "text" || field.kind === "long_text" ? counted(shown, field, control) : () => {};
    control.addEventListener("input", () => {
      count();
      changed(false);
    });
    control.addEventListener("change", () => changed(true));
    shown.put(control, control);
    const write = (value) => {
      control.value = value;
      count();
    };
    write(field.value);
    return { read: () => control.value.toWellFormed?.() ?? control.value, write, focus: () => control.focus() };
  };
}

function choice(field, shown, changed) {
  const options = field.kind === "person" ? [...workspace.people.values()].map((person) => ({ value: person.handle, label: person.name })) : field.options;
  const first = build("option", { value: "" }, field.is_required ? "Choose…" : "—");
  const control = build("select", { id: shown.id, name: field.name, "aria-required": String(field.is_required) }, first, options.map((option) => build("option", { value: option.value }, option.label)));
  control.addEventListener("change", () => changed(true));
  shown.put(control, control);
  const write = (value) => {
    control.value = options.some((option) => option.value === value) ? value : "";
  };
  write(field.value);
  return { read: () => control.value, write, focus: () => control.focus() };
}

function several(field, shown, changed) {
  const boxes = field.options.map((option) => {
    const box = build("input", { type: "checkbox", name: field.name, value: option.value });
    box.addEventListener("change", () => changed(true));
    return box;
  });
  const labels = boxes.map((box, at) => build("label", {}, box, build("span", {}, field.options[at].label)));
  shown.put(build("div", { class: "several" }, labels), ...boxes);
  const write = (values) => {
    for (const box of boxes) box.checked = values.includes(box.value);
  };
  write(field.value ? field.value.split("\n") : []);
  return { read: () => boxes.filter((box) => box.checked).map((box) => box.value), write, focus: (value) => (boxes.find((box) => box.value === value) ?? boxes[0])?.focus() };
}

/** Its value is [{attachment, name, size}]; the names of the attachments are what is submitted. */
function file(field, shown, changed) {
  let kept = [];
  const picker = build("input", { type: "file", id: shown.id, multiple: field.limit !== 1, "aria-label": field.label });
  const most = Math.min(field.limit || workspace.limits.files, workspace.limits.files);
  const limits = build("span", { class: "field-help" }, `Up to ${words.count(most, "file", "files")}, ${words.size(workspace.limits.file_size)} each`);
  const chips = build("ul", { class: "files", "aria-label": `Files for ${field.label}` });
  const write = (files) => {
    kept = Array.isArray(files) ? files : [];
    chips.replaceChildren(...showChips(kept, (gone) => {
      write(kept.filter((each) => each !== gone));
      changed(true);
      picker.focus();
    }));
  };
  const take = async (files) => {
    const told = await sendFiles(files, kept.length, field.limit);
    picker.value = "";
    write([...kept, ...told.kept]);
    refuse(shown, told.refused.join(" "));
    changed(true);
  };
  picker.addEventListener("change", () => take([...picker.files]));
  const drop = build("div", { class: "file-drop" }, picker, limits);
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  shown.put(build("div", {}, drop, chips), picker);
  return { read: () => kept, write, focus: () => picker.focus() };
}

const CONTROLS = {
  text: textual("input", { type: "text" }),
  long_text: textual("textarea", { rows: 4 }),
  date: textual("input", { type: "date" }),
  number: textual("input", { type: "text", inputmode: "decimal" }),
  choice,
  person: choice,
  several,
  file,
};
