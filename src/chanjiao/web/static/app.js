"use strict";
/* What every page does beyond htmx: search by "/", row links, picking rows, long choices. */
(function () {
  function each(root, selector, act) {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  }

  function isTyping(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    var search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /* A button that copies a field: over plain HTTP there is no clipboard, so the field is selected. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var place = document.querySelector(button.dataset.copy);
    place.focus();
    place.select();
    if (navigator.clipboard) navigator.clipboard.writeText(place.value);
    else document.execCommand("copy");
    button.textContent = "已复制";
  });

  document.addEventListener("click", function (event) {
    var back = event.target.closest("[data-back]");
    if (back && history.length > 1) {
      event.preventDefault();
      history.back();
      return;
    }
    var row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary")) return;
    if (window.getSelection && String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
    else window.location.assign(row.dataset.href);
  });

  /* Ticked rows: the count, and buttons that need at least one. */
  function countPicked() {
    var picked = document.querySelectorAll("[data-pick]:checked").length;
    each(document, "[data-picked]", function (place) { place.textContent = "已选 " + picked + " 条"; });
    each(document, "[data-needs-picked]", function (button) { button.disabled = picked === 0; });
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-pick-all]")) {
      each(document, "[data-pick]", function (box) { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick], [data-pick-all]")) countPicked();
  });

  /* Long choices become searchable; the plain select stays for people without JavaScript. */
  function enrich(root) {
    each(root, "select[data-choose]", function (select) {
      if (select.tomselect || !window.TomSelect) return;
      if (select.labels && select.labels[0]) select.setAttribute("aria-label", select.labels[0].textContent.trim());
      new TomSelect(select, {
        plugins: select.multiple ? { remove_button: { title: "移除" } } : {},
        maxOptions: 200,
        render: { no_results: function () { return '<div class="no-results">没有符合的选项</div>'; } },
      });
    });
    each(root, "details[data-wide-open]", function (details) {
      if (window.matchMedia("(min-width: 768px)").matches) details.open = true;
    });
    /* Where the navigation is wider than the window, the current entry is in sight. */
    each(root, ".site-nav [aria-current]", function (entry) {
      var row = entry.closest("ul");
      row.scrollLeft = entry.offsetLeft - (row.clientWidth - entry.offsetWidth) / 2;
    });
    each(root, "[data-focus]", function (place) { place.focus(); });
    if (root.querySelector && root.querySelector("[data-pick]")) countPicked();
  }
  document.addEventListener("DOMContentLoaded", function () { enrich(document); });
  document.addEventListener("htmx:load", function (event) { enrich(event.detail.elt); });

  /* A part that asks for itself again waits while somebody reads one of its tables. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var part = event.detail.elt;
    if (part.matches("[data-calm]") && part.querySelector("details[open]")) event.preventDefault();
  });

  /* A form that is sent by htmx passes that on to the links in it: they lead to whole pages, with
     the scripts of those pages, as any other link does. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var link = event.detail.elt;
    if (!event.detail.boosted || !link.matches("a[href]")) return;
    event.preventDefault();
    window.location.assign(link.href);
  });

  /* A request that failed is said aloud, never swallowed. */
  function say(text) {
    var place = document.getElementById("messages");
    if (!place) return;
    var note = document.createElement("div");
    note.className = "notice notice-error";
    note.setAttribute("role", "alert");
    note.textContent = text;
    place.replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:sendError", function () {
    say("网络不通，刚才的操作没有送达。请检查网络后再试。");
  });
  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    if (status === 403) say("页面停留过久，请刷新后再试。");
    else if (status === 404) say("这条记录已不存在，或您无权查看。");
    else say("服务器没有办成，请稍后再试；多次出现请告诉管理员。");
  });
})();
