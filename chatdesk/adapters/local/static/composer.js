// Where one types. Nothing typed is lost: it stays until the server has it, also across a reload.

import { NotDone, act, freshKey, read } from "./api.js";
import { build, freshId, iconButton } from "./dom.js";
import { ComposerDraft } from "./drafts.js";
import { sendFiles, showChips } from "./uploads.js";
import { workspace } from "./workspace.js";

const COMPLETIONS_SHOWN = 8;

export class Composer {
  /** `sent` is called with what the desk answered. */
  constructor({ place, thread, label, sent }) {
    this.where = { place, thread };
    this.sent = sent;
    this.store = new ComposerDraft(workspace.me, place, thread);
    this.draft = this.store.load();
    this.choice = -1;
    this.found = [];
    this.draw(label, thread);
    this.show();
  }

  draw(label, thread) {
    const id = freshId("completions");
    const words = thread ? `Reply in the ${label.charAt(0).toLowerCase()}${label.slice(1)}` : `Message ${label}`;
    this.field = build("textarea", {
      rows: 1, "aria-label": words, placeholder: thread ? "Reply…" : `${words}…`, autocomplete: "off", enterkeyhint: "send",
      "aria-autocomplete": "list", "aria-controls": id, "aria-haspopup": "listbox", class: "composer-field",
    });
    this.list = build("ul", { class: "completions", role: "listbox", id, "aria-label": "Commands", hidden: true });
    this.notice = build("div", { role: "alert" });
    this.chips = build("ul", { class: "files", "aria-label": "Files to send", hidden: true });
    this.picker = build("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-label": "Choose files" });
    this.picker.addEventListener("change", () => this.addFiles([...this.picker.files]));
    this.sendButton = iconButton("send", "Send", () => this.send(), { class: "icon-button send" });
    this.box = build("div", { class: "composer-box" }, iconButton("clip", "Add files", () => this.picker.click()), this.field, this.sendButton);
    const hint = build("div", { class: "composer-hint", "aria-hidden": "true" }, build("span", {}, "Enter sends · Shift+Enter starts a new line"), build("span", {}, "/ for commands"));
    this.element = build("div", { class: "composer" }, this.notice, this.chips, this.list, this.box, this.picker, hint);
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => this.hideCompletions());
    this.field.addEventListener("paste", (event) => this.pasted(event));
    this.acceptDrops();
  }

  acceptDrops() {
    this.element.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.box.classList.add("is-target");
    });
    this.element.addEventListener("dragleave", () => this.box.classList.remove("is-target"));
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.box.classList.remove("is-target");
      this.addFiles([...event.dataTransfer.files]);
    });
  }

  get isEmpty() {
    return !this.field.value;
  }

  focus() {
    this.field.focus();
  }

  show() {
    this.field.value = this.draft.text;
    this.chips.hidden = !this.draft.files.length;
    this.chips.replaceChildren(...showChips(this.draft.files, (file) => this.removeFile(file)));
    requestAnimationFrame(() => this.fit());
  }

  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(240, this.field.scrollHeight)}px`;
  }

  save() {
    this.store.save(this.draft);
  }

  typed() {
    this.draft.text = this.field.value;
    this.save();
    this.fit();
    this.complete();
  }

  key(event) {
    if (event.isComposing) return;
    if (!this.list.hidden && this.keyInList(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  // --- sending ----------------------------------------------------------------------------------

  /** The key belongs to the words: the same words are tried again, other words are something new. */
  async send() {
    if (this.isSending || (!this.draft.text.trim() && !this.draft.files.length)) return;
    this.hideCompletions();
    const text = this.draft.text.toWellFormed?.() ?? this.draft.text;
    const files = this.draft.files.map((file) => file.attachment);
    const sent = JSON.stringify([text, files]);
    if (this.draft.sent !== sent) Object.assign(this.draft, { sent, key: freshKey() });
    this.save();
    this.busy(true);
    this.notice.replaceChildren();
    try {
      const told = await act("say", { key: this.draft.key, ...this.where, text, files });
      this.arrived(told);
    } catch (problem) {
      this.refused(problem);
    } finally {
      this.busy(false);
    }
  }

  /** A refused command stays, selected, to be corrected or typed over. */
  arrived(told) {
    const isRefusedCommand = told.answer.is_refusal && this.draft.text.startsWith("/");
    this.draft = isRefusedCommand ? { ...this.draft, key: "", sent: "" } : { text: "", files: [], key: "", sent: "" };
    this.save();
    this.show();
    if (isRefusedCommand) this.field.select();
    this.sent(told);
  }

  refused(problem) {
    if (!(problem instanceof NotDone)) throw problem;
    const retry = problem.canRetry ? build("button", { type: "button", class: "button", click: () => this.send() }, "Retry") : null;
    const words = problem.canRetry ? `Not sent. ${problem.message}` : problem.message;
    this.notice.replaceChildren(build("div", { class: "notice" }, build("span", {}, words), retry));
  }

  busy(isSending) {
    this.isSending = isSending;
    this.field.readOnly = isSending;
    this.sendButton.classList.toggle("is-busy", isSending);
  }

  // --- files ------------------------------------------------------------------------------------

  async addFiles(files) {
    if (!files.length) return;
    this.busy(true);
    this.notice.replaceChildren(build("p", { class: "quiet small" }, "Sending files…"));
    const { kept, refused } = await sendFiles(files, this.draft.files.length);
    this.busy(false);
    this.picker.value = "";
    this.draft.files.push(...kept);
    this.notice.replaceChildren(...refused.map((sentence) => build("div", { class: "notice" }, sentence)));
    this.save();
    this.show();
    this.focus();
  }

  removeFile(file) {
    this.draft.files = this.draft.files.filter((each) => each !== file);
    this.save();
    this.show();
    this.focus();
  }

  pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.addFiles(files);
  }

  // --- completion -------------------------------------------------------------------------------

  async complete() {
    const text = this.field.value;
    if (!text.startsWith("/") || text.includes("\n")) {
      this.hideCompletions();
      return;
    }
    try {
      this.known ??= await read("completions");
    } catch (problem) {
      if (!(problem instanceof NotDone)) throw problem;
      return; // commands can be typed in full
    }
    if (this.field.value !== text || this.isSending) return;
    const typed = text.toLowerCase();
    this.found = this.known.filter((each) => fits(each.text, typed)).slice(0, COMPLETIONS_SHOWN);
    this.choice = -1;
    this.showCompletions();
  }

  showCompletions() {
    this.list.hidden = !this.found.length;
    this.list.replaceChildren(
      ...this.found.map((each, at) => {
        const option = build("li", { role: "option", id: `${this.list.id}-${at}`, "aria-selected": String(at === this.choice) }, build("span", { class: "command" }, each.text), build("span", { class: "quiet" }, each.help));
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          this.choose(at);
        });
        return option;
      }),
    );
    if (this.choice >= 0) {
      this.field.setAttribute("aria-activedescendant", `${this.list.id}-${this.choice}`);
      this.list.children[this.choice].scrollIntoView({ block: "nearest" });
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  hideCompletions() {
    this.found = [];
    this.choice = -1;
    this.showCompletions();
  }

  keyInList(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      this.choice = (this.choice + moves[event.key] + this.found.length + (this.choice < 0 && event.key === "ArrowUp" ? 1 : 0)) % this.found.length;
      this.showCompletions();
    } else if (event.key === "Escape") {
      this.hideCompletions();
    } else if (event.key === "Tab" && !event.shiftKey) {
      this.choose(Math.max(0, this.choice));
    } else if (event.key === "Enter" && !event.shiftKey && this.choice >= 0) {
      this.choose(this.choice);
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** Take the command up to its first placeholder, which is written in capitals or brackets. */
  choose(at) {
    const command = this.found[at].text;
    const fixed = fixedWords(command);
    this.field.value = fixed === command ? command : `${fixed} `;
    this.typed();
    this.hideCompletions();
  }
}

/** The words of a command that are typed as they stand. */
function fixedWords(command) {
  return command.split(" ").filter((word) => !/^[[<@]/.test(word) && !/^[A-Z]+[\])]?$/.test(word)).join(" ");
}

/** `/ti` fits `/ticket claim N`; so does `/ticket claim 7`. */
function fits(command, typed) {
  const fixed = fixedWords(command);
  return command.toLowerCase().startsWith(typed) || (fixed !== command && typed.startsWith(`${fixed.toLowerCase()} `));
}
