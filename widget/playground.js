// The playground's form: tries the settings of the script tag, and shows the tag to copy.
// @ts-check
const asked = new URLSearchParams(location.search);
const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const tag = document.createElement("script");
tag.src = "/widget.js";
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input,select"))) {
  field.value = asked.get(field.name) ?? field.value;
  if (field.value) tag.dataset[field.name] = field.value;
}
const attributes = Object.entries(tag.dataset).map(([name, value]) => ` data-${name}="${value?.replaceAll('"', "&quot;")}"`);
const copy = /** @type {HTMLElement} */ (document.querySelector("code.copy"));
copy.textContent = `<script src="${location.origin}/widget.js"${attributes.join("")} async></${"script"}>`;
document.body.append(tag);
