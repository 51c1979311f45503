// Forms: opened by the desk, kept with everything typed until the desk has taken them.

import { NotDone, act, freshKey } from "./api.js";
import { showCard } from "./cards.js";
import { announce, build, iconButton } from "./dom.js";
import { FormDrafts } from "./drafts.js";
import { showField } from "./fields.js";
import { closeMenu } from "./menu.js";
import { workspace } from "./workspace.js";

const dialog = document.getElementById("form");

/** The one form dialog. `told(answer, where)` is called when the desk took a form. */
export class FormDialog {
  constructor(told) {
    this.told = told;
    this.drafts = new FormDrafts(workspace.me);
    this.fields = [];
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.submit();
    });
  }

  /** After a reload: the form that was open, with what was typed. */
  restore() {
    const state = this.drafts.loadOpen();
    if (!state?.form?.fields) return;
    this.open(state.form, state.where, state.values);
    this.key = state.key;
    this.sent = state.sent;
  }

  open(form, where, values = null) {
    closeMenu(false);
    if (!dialog.open) this.before = document.activeElement;
    if (!dialog.open) this.beside = this.before?.closest(".message")?.dataset.message;
    const kept = values ?? this.drafts.loadKept(form.id);
    this.where = where;
    this.key = "";
    this.sent = "";
    this.draw(form, kept ?? {});
    if (kept && !values) this.sayKept(form);
    if (!dialog.open) dialog.showModal();
    this.firstField()?.focus();
    this.save();
  }

  draw(form, values) {
    this.form = form;
    this.fields = form.fields.map((field) => {
      const shown = showField(field, (isSettled) => this.changed(field, isSettled));
      if (field.name in values) shown.write(values[field.name]);
      return shown;
    });
    this.notice = build("div", { class: "form-notice", role: "alert" });
    this.submitButton = build("button", { type: "submit", class: "button primary" }, form.submit);
    const intro = form.intro.length ? [build("div", { class: "form-intro" }, showIntro(form.intro))] : [];
    const body = build("div", { class: "form-body" }, intro, this.notice, this.fields.map((shown) => shown.element));
    const element = build(
      "form",
      { novalidate: true, autocomplete: "off" },
      build("header", { class: "form-head" }, build("h2", { id: "form-title" }, form.title), iconButton("close", "Close form", () => this.close())),
      body,
      build("footer", { class: "form-foot" }, build("button", { type: "button", class: "button", click: () => this.close() }, "Cancel"), this.submitButton),
    );
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    dialog.replaceChildren(element);
    this.showWhatApplies();
  }

  sayKept(form) {
    const again = () => {
      this.drafts.saveKept(form.id, null);
      this.open(form, this.where, {});
    };
    const notice = build("div", { class: "notice is-calm" }, build("span", {}, "This is what you had typed before."), build("button", { type: "button", class: "button", click: again }, "Start over"));
    this.notice.replaceChildren(notice);
  }

  firstField() {
    return this.fields.find((shown) => !shown.element.hidden);
  }

  // --- values -----------------------------------------------------------------------------------

  values() {
    return Object.fromEntries(this.fields.map((shown) => [shown.field.name, shown.read()]));
  }

  /** What is sent: only the questions that apply, and of files only their names in the store. */
  answers() {
    const shown = this.fields.filter((each) => !each.element.hidden);
    return Object.fromEntries(
      shown.map((each) => {
        const value = each.read();
        return [each.field.name, each.field.kind === "file" ? value.map((file) => file.attachment) : value];
      }),
    );
  }

  changed(field, isSettled) {
    this.showWhatApplies();
    this.save();
    if (isSettled && field.refreshes) this.refresh();
  }

  showWhatApplies() {
    for (const { field, element } of this.fields) {
      if (!field.shown) continue;
      const other = this.fields.find((each) => each.field.name === field.shown.when);
      const value = other && !other.element.hidden ? other.read() : "";
      const has = Array.isArray(value) ? value.some((each) => field.shown.has.includes(each)) : field.shown.has.includes(value);
      element.hidden = !has;
    }
  }

  save() {
    this.drafts.saveOpen({ form: this.form, where: this.where, values: this.values(), key: this.key, sent: this.sent });
  }

  // --- sending ----------------------------------------------------------------------------------

  async refresh() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const told = await act("submit", { key: freshKey(), ...this.where, id: this.form.id, values: this.answers(), is_refresh: true });
      if (turn === this.turn && told.answer.form && dialog.open) this.redraw(told.answer.form);
    } catch (problem) {
      this.refused(problem, () => this.refresh());
    }
  }

  /** Show other questions, keeping what was typed, also while the answer was on its way. */
  redraw(form) {
    const typed = this.values();
    const before = new Map(this.fields.map((shown) => [shown.field.name, shown.field]));
    const values = {};
    for (const field of form.fields) {
      const old = before.get(field.name);
      const wasTyped = old && old.kind === field.kind && String(typed[field.name]) !== (old.value ?? "");
      if (wasTyped) values[field.name] = typed[field.name];
    }
    const focused = dialog.querySelector(":focus");
    const scrolled = dialog.querySelector(".form-body").scrollTop;
    this.draw(form, values);
    dialog.querySelector(".form-body").scrollTop = scrolled;
    this.fields.find((shown) => shown.field.name === focused?.name)?.focus(focused.value);
    this.save();
    announce("The form has changed.");
  }

  async submit() {
    if (this.isSending) return;
    const values = this.answers();
    const sent = JSON.stringify([this.form.id, values]);
    if (this.sent !== sent) {
      this.sent = sent;
      this.key = freshKey();
    }
    this.save();
    this.busy(true);
    this.notice.replaceChildren();
    try {
      const told = await act("submit", { key: this.key, ...this.where, id: this.form.id, values });
      this.answered(told);
    } catch (problem) {
      this.refused(problem, () => this.submit());
    } finally {
      this.busy(false);
    }
  }

  answered(told) {
    const { answer } = told;
    if (Object.keys(answer.errors).length) {
      this.showErrors(answer.errors);
      return;
    }
    if (answer.is_refusal && answer.card) {
      this.sent = "";
      const card = showCard(answer.card, (id) => this.clickRefusal(id));
      this.notice.replaceChildren(build("div", { class: "form-card" }, card));
      this.notice.scrollIntoView({ block: "nearest" });
      return;
    }
    this.drafts.saveKept(this.form.id, null);
    const { where } = this;
    if (answer.form) {
      this.open(answer.form, where, {});
      return;
    }
    this.shut();
    this.told(told, where);
  }

  async clickRefusal(id) {
    try {
      const told = await act("click", { key: freshKey(), ...this.where, id });
      const { where } = this;
      this.close();
      this.told(told, where);
    } catch (problem) {
      this.refused(problem, () => this.clickRefusal(id));
    }
  }

  showErrors(errors) {
    this.sent = ""; // the next attempt is a new one
    let first = null;
    const elsewhere = [];
    for (const shown of this.fields) {
      const sentence = shown.element.hidden ? "" : errors[shown.field.name] ?? "";
      shown.refuse(sentence);
      if (sentence && !first) first = shown;
    }
    const visible = new Set(this.fields.filter((shown) => !shown.element.hidden).map((shown) => shown.field.name));
    for (const [name, sentence] of Object.entries(errors)) if (!visible.has(name)) elsewhere.push(sentence);
    this.notice.replaceChildren(...elsewhere.map((sentence) => build("div", { class: "notice" }, sentence)));
    if (first) {
      first.focus();
      first.element.scrollIntoView({ block: "center" }); // with what is wrong below it
    } else this.notice.scrollIntoView({ block: "nearest" });
  }

  refused(problem, again) {
    if (!(problem instanceof NotDone)) throw problem;
    const notice = build("div", { class: "notice" }, build("span", {}, problem.message));
    if (problem.canRetry) notice.append(build("button", { type: "button", class: "button", click: again }, "Retry"));
    this.notice.replaceChildren(notice);
    this.notice.scrollIntoView({ block: "nearest" });
  }

  busy(isSending) {
    this.isSending = isSending;
    this.submitButton.setAttribute("aria-disabled", String(isSending));
    this.submitButton.classList.toggle("is-busy", isSending);
  }

  /** Close without sending; what was typed comes back when the same form is opened again. */
  close() {
    const values = this.values();
    const isTyped = this.fields.some((shown) => String(values[shown.field.name]) !== (shown.field.value || ""));
    this.drafts.saveKept(this.form.id, isTyped ? values : null);
    this.shut();
  }

  shut() {
    this.drafts.saveOpen(null);
    dialog.close();
    dialog.replaceChildren();
    // The button may have been replaced meanwhile: its message still stands there.
    const after = this.before?.isConnected ? this.before : document.querySelector(`.message[data-message="${this.beside}"]`);
    after?.focus({ preventScroll: true });
  }
}

function showIntro(intro) {
  return showCard({ title: "", tone: "plain", elements: intro }, () => {});
}
