// What the theme leaves out for those who read by keys or by ear.
new MutationObserver(() => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])"))
    table.tabIndex = 0;
}).observe(document.body, { childList: true, subtree: true });
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
// A long name in a table is broken behind _ / = a comma or a dot, not within a word or before an ending.
for (const code of document.querySelectorAll(".md-typeset td code"))
  if (!code.children.length && (code.textContent.length > 24 || code.matches("td:first-child *")))
    code.innerHTML = code.innerHTML.replace(/(?<=\w)([_\/=,]|\.(?=\w+[._=]))(?=\w)/g, "$1<wbr>");
