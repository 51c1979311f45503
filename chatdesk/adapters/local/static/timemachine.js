// The desk's time, and the control that moves it forward to see what comes later.

import { NotDone, act, freshKey } from "./api.js";
import { announce, build, icon } from "./dom.js";
import { attachMenu } from "./menu.js";
import { deskTime, setTime, workspace } from "./workspace.js";
import * as words from "./words.js";

const TICK_MILLISECONDS = 5000;
const OFF = "The time machine is off: this desk keeps real time. It works only in a workspace without other platforms.";

const host = document.getElementById("time-machine");

export function showTimeMachine() {
  const clock = build("time", {});
  const tick = () => {
    clock.textContent = words.moment(deskTime());
    clock.dateTime = new Date(deskTime()).toISOString();
  };
  const button = build("button", { type: "button", class: "button", "aria-label": "Move the desk's time forward" }, icon("forward"), build("span", { class: "button-words" }, "Move time"));
  attachMenu(button, () => entries(tick, button));
  host.replaceChildren(build("p", { class: "desk-time" }, build("span", {}, "Desk time"), clock), button);
  tick();
  clearInterval(showTimeMachine.ticking);
  showTimeMachine.ticking = setInterval(tick, TICK_MILLISECONDS);
  return tick;
}

function entries(tick, button) {
  if (!workspace.steps.length) return [{ note: OFF }];
  const note = { note: "Only the desk's clock moves, and only forward: see now what happens later." };
  return [note, ...workspace.steps.map(({ step, label }) => ({ label, act: () => move(step, tick, button) }))];
}

async function move(step, tick, button, key = freshKey()) {
  button.setAttribute("aria-disabled", "true");
  host.querySelector(".notice")?.remove();
  try {
    setTime((await act("time", { key, step })).now);
    tick();
    announce(`It is now ${words.moment(deskTime())}.`);
  } catch (problem) {
    if (!(problem instanceof NotDone)) throw problem;
    const again = build("button", { type: "button", class: "button", click: () => move(step, tick, button, key) }, "Retry");
    host.prepend(build("span", { class: "notice", role: "alert" }, "The time did not move.", again));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
