// Sends files before the words they belong to, within the limits, and says what did not fit.

import { NotDone, sendFile } from "./api.js";
import { build, icon, iconButton } from "./dom.js";
import { workspace } from "./workspace.js";
import * as words from "./words.js";

/** Send files one by one. Returns what was kept and a sentence for each that was not. */
export async function sendFiles(files, already, limit) {
  const most = Math.min(limit || workspace.limits.files, workspace.limits.files);
  const kept = [];
  const refused = [];
  for (const file of files) {
    if (already + kept.length >= most) {
      refused.push(`${file.name} was left out: at most ${words.count(most, "file fits", "files fit")} here.`);
    } else if (file.size > workspace.limits.file_size) {
      refused.push(`${file.name} is too large: a file may have up to ${words.size(workspace.limits.file_size)}.`);
    } else {
      try {
        kept.push(await sendFile(file));
      } catch (problem) {
        if (!(problem instanceof NotDone)) throw problem;
        refused.push(`${file.name} was not sent. ${problem.message}`);
      }
    }
  }
  return { kept, refused };
}

/** The files that will go with the words, each of which can be taken away again. */
export function showChips(files, remove) {
  return files.map((file) =>
    build(
      "li",
      { class: "file file-chip" },
      icon("file"),
      build("span", { class: "file-words" }, build("span", { class: "file-name" }, file.name), build("span", { class: "file-size" }, words.size(file.size))),
      iconButton("close", `Remove ${file.name}`, () => remove(file)),
    ),
  );
}
