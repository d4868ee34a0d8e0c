// Photos that a visitor sends, and files that staff sent: fetched when first needed.
// @ts-check
import { newId } from "./drawer.js";
import { icon, make } from "./dom.js";

const LONGEST_EDGE = 2048;
const QUALITY = 0.86;
const PLACE = "/api/attachments";
const look = new CSSStyleSheet();
look.replaceSync(".composer:has(.attach){grid-template-columns:1fr auto auto}.attach{display:grid;place-items:center;width:44px;height:44px;border-radius:50%;color:var(--quiet);cursor:pointer}.attach:has(:focus-visible){outline:2px solid var(--brand)}");

/** @typedef {import("./client.js").Client} Client */

/** The picture alone, no larger than needed: what the camera noted does not leave the phone. @param {File} file @returns {Promise<Blob>} */
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_EDGE / Math.max(picture.width, picture.height));
    const canvas = make("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob((made) => resolve(made ?? file), "image/jpeg", QUALITY));
  } catch {
    return file; // the front desk says what is wrong with it
  }
}

/** @param {Client} client @param {string} path @param {RequestInit} [how] */
const ask = (client, path, how) =>
  fetch(client.base + path, { ...how, headers: { Authorization: `Bearer ${client.token}` }, credentials: "omit", referrerPolicy: "no-referrer" });

/** What is dropped or pasted, where the clinic takes photos. @param {import("./panel.js").Panel} panel @param {File} file */
export async function attach(panel, file) {
  if (!panel.clinic.photos) panel.composer.complain(panel.fill(panel.words.noPictures));
  else if (await panel.begin()) send(panel, file);
}

/** Send a photo; refused, it is said why. @param {import("./panel.js").Panel} panel @param {File} file */
export async function send(panel, file) {
  const { client, words } = panel;
  const failed = panel.fill(words.failed);
  panel.showStatus(words.sending);
  try {
    const answer = await ask(client, `${PLACE}?id=${newId()}`, { method: "POST", body: await smaller(file) });
    panel.showStatus("");
    if (!answer.ok) return panel.composer.complain((await answer.json()).error?.message || failed);
    client.line.expect((await answer.json()).seq);
  } catch {
    panel.showStatus("");
    panel.composer.complain(failed);
  }
}

/** The way to choose a photo, beside what is written. @param {import("./panel.js").Panel} panel */
export function choice(panel) {
  const { composer, root, words } = panel;
  if (!root.adoptedStyleSheets.includes(look)) root.adoptedStyleSheets.push(look);
  const input = make("input", { type: "file", class: "visually-hidden", accept: "image/*", "aria-label": words.photo });
  input.addEventListener("change", () => (input.files?.[0] && panel.attach(input.files[0]), (input.value = "")));
  const clip = icon("M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.6 8.5a1.7 1.7 0 0 1-2.4-2.4L15 7");
  composer.input.after(make("label", { class: "attach", title: words.photo }, input, clip));
}

/** What saves a photo or document. @param {import("./client.js").Message} message @param {import("./bubbles.js").Context} context */
export function file(message, context) {
  const { fill, words } = context;
  const button = make("button", { type: "button", class: "chip" }, fill(words.saveFile, { file: message.payload.name }));
  button.addEventListener("click", async () => {
    const problem = await save(message, context);
    if (problem) button.replaceWith(make("span", { role: "alert" }, problem));
  });
  return button;
}

/** @param {import("./client.js").Message} message @param {import("./bubbles.js").Context} context */
async function save(message, { client, fill, words }) {
  const answer = await ask(client, `${PLACE}/${message.seq}`).catch(() => null);
  if (!answer?.ok) return fill(words.failed);
  const url = URL.createObjectURL(await answer.blob());
  make("a", { href: url, download: message.payload.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
  return "";
}
