// A text as nodes: paragraphs, line breaks, lists, **bold**, and links for what surely is one. Nothing else.
// @ts-check
import { make } from "./dom.js";

const URL_ = /\b(?:https?:\/\/|www\.)[^\s<>"]+/;
const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/;
/** With the country's code, or a national number that begins with 0; the digits are counted below. */
const PHONE = /(?<![\w+.,/-])(?:\+\d|\(?0)[\d ()-]{6,18}\d(?![\w/])/;
const BOLD = /\*\*[^*\n]+\*\*/;
const ITEM = /^\s*(?:[-•*]|\d{1,2}[.)])\s+/;

/** @param {string} text @param {string[]} numbers numbers of the clinic and of emergencies */
export function prose(text, numbers = []) {
  const out = document.createDocumentFragment();
  for (const block of text.split(/\n{2,}/)) {
    /** @type {HTMLElement|undefined} */
    let open;
    for (const line of block.split("\n")) {
      const sign = ITEM.exec(line)?.[0];
      const tag = sign ? (/\d/.test(sign) ? "ol" : "ul") : "p";
      const goesOn = open?.localName === tag;
      if (!goesOn) out.append((open = make(tag, { start: tag === "ol" && parseInt(/** @type {string} */ (sign)) })));
      if (sign) open?.append(make("li", {}, inline(line.slice(sign.length), numbers)));
      else open?.append(...(goesOn ? [make("br")] : []), inline(line, numbers));
    }
  }
  return out;
}

/** Without the stops at its end, and without a bracket that was opened before it. @param {string} part */
function trimmed(part) {
  for (;;) {
    const cut = part.replace(/[.,;:!?'"”’]+$/, "").replace(/\)$/, (end) => (part.split("(").length < part.split(")").length ? "" : end));
    if (cut === part) return part;
    part = cut;
  }
}

/** @param {string} part */
function callable(part) {
  const digits = part.replace(/\D/g, "").length;
  return part.split("(").length === part.split(")").length && (part.startsWith("+") ? digits >= 8 && digits <= 15 : digits >= 9 && digits <= 11);
}

/** @param {string} number */
export const tel = (number) => `tel:${number.replace(/[^\d+]/g, "")}`;

/** @param {string} text @param {string[]} numbers */
function inline(text, numbers) {
  const known = numbers.filter(Boolean).map((number) => number.replace(/[+()]/g, "\\$&"));
  const all = [`(?<![\\d+])(?:${known.join("|") || "(?!)"})(?!\\d)`, URL_.source, EMAIL.source, PHONE.source, BOLD.source];
  const pattern = new RegExp(all.join("|"), "g");
  const out = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    const part = trimmed(found[0]);
    const node = built(part, numbers);
    if (!node) continue;
    out.append(steady(text.slice(from, found.index)), node);
    from = found.index + part.length;
  }
  out.append(steady(text.slice(from)));
  return out;
}

/** @param {string} part @param {string[]} numbers */
function built(part, numbers) {
  const away = { target: "_blank", rel: "noopener noreferrer" };
  if (/^(https?:|www\.)/.test(part)) {
    const href = part.startsWith("www.") ? `https://${part}` : part;
    return URL.canParse?.(href) === false ? null : make("a", { href, ...away }, part);
  }
  if (part.startsWith("**")) return make("strong", {}, inline(part.slice(2, -2), numbers));
  if (part.includes("@")) return make("a", { href: `mailto:${part}` }, part);
  return numbers.includes(part) || callable(part) ? make("a", { href: tel(part), class: "tel", translate: "no" }, part) : null;
}

/** Numbers do not break. @param {string} text */
const steady = (text) => text.replace(/(\d) (?=\d)/g, "$1\u00a0");
