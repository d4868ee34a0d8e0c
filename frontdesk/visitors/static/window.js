// The small window in which a visitor asks to be told on this device. It hands what the browser gave to the chat.
import { device } from "/answer-push/device.js";

const { key, origin } = document.body.dataset;
const [yes, no, ask, asked] = ["yes", "no", "ask", "asked"].map((id) => document.getElementById(id));

/** @param {"done"|"denied"|"failed"} how */
function say(how) {
  asked.textContent = asked.dataset[how];
  yes.disabled = false;
  if (how !== "done") return;
  ask.hidden = yes.hidden = true;
  no.focus();
}

yes.addEventListener("click", async () => {
  yes.disabled = true;
  if (!opener) return say("failed"); // the page of the chat lets no window speak to it
  try {
    const found = await device(key, "/answer-push/worker.js", { scope: "/answer-push/" });
    if (found) opener.postMessage(found, origin);
    else say("denied");
  } catch {
    say("failed");
  }
});
no.addEventListener("click", () => close());
addEventListener("message", (event) => {
  if (event.source === opener && event.origin === origin) say(event.data.kept ? "done" : "failed");
});
