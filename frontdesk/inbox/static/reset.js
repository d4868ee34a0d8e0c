// The code of a link stands behind #, which no browser sends and no log of a proxy holds.
const code = document.getElementById("token");
if (code) {
  code.value ||= location.hash.slice(1);
  code.closest(".code").hidden = !!code.value;
  history.replaceState(null, "", location.pathname); // nor does this browser's history keep it
}
