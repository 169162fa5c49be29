"use strict";
/* Choosing: the list saves itself, tells whether it is saved, and loses nothing in a conflict.
   Without this file every button still works as a plain form. */
(function () {
  function start() {
    var root = document.getElementById("choosing");
    if (!root || root.dataset.started) return;
    root.dataset.started = "1";

    var list = document.getElementById("mine-list");
    var state = document.getElementById("save-state");
    var limit = Number(root.dataset.limit);
    var revision = Number(root.dataset.revision);
    var open = Boolean(root.dataset.open);
    var pending = false, sending = false, waiting = 0, wait = 2000;

    function ids() {
      return Array.prototype.map.call(list.children, function (line) { return line.dataset.id; });
    }
    function line(id) { return list.querySelector('li[data-id="' + id + '"]'); }
    function say(text, look) {
      state.textContent = text;
      state.className = "save-state" + (look ? " save-" + look : "");
    }
    function makeLine(id, name, unit) {
      var made = document.getElementById("mine-line").content.firstElementChild.cloneNode(true);
      made.dataset.id = id;
      made.querySelector(".mine-post").textContent = name;
      made.querySelector(".mine-unit").textContent = unit;
      made.querySelectorAll("[data-act]").forEach(function (button) {
        button.value = button.dataset.act + ":" + id;
        button.setAttribute("aria-label", button.textContent + "：" + name);
      });
      return made;
    }
    function show() {
      var chosen = ids();
      document.getElementById("mine-count").textContent = chosen.length;
      document.getElementById("mine-empty").hidden = chosen.length > 0;
      document.querySelectorAll("[data-card]").forEach(function (card) {
        var button = card.querySelector("button[name=act]");
        if (!button) return;
        var has = chosen.indexOf(card.dataset.card) >= 0;
        button.textContent = has ? "已加入" : "加入";
        button.disabled = has || !open;
      });
      document.querySelectorAll("input[data-revision]").forEach(function (input) { input.value = revision; });
    }

    /* Saving ------------------------------------------------------------------------------- */
    function changed() {
      show();
      pending = true;
      say("正在保存…", "");
      window.clearTimeout(waiting);
      waiting = window.setTimeout(send, 400);
    }
    function token() { return root.querySelector("input[name=csrfmiddlewaretoken]").value; }
    function send() {
      if (sending || !pending || !open) return;
      sending = true;
      pending = false;
      var body = new URLSearchParams();
      ids().forEach(function (id) { body.append("posts", id); });
      body.append("revision", revision);
      fetch(root.dataset.save, {
        method: "POST", body: body, credentials: "same-origin",
        headers: { "X-CSRFToken": token(), "Accept": "application/json" },
      }).then(function (answer) {
        var type = answer.headers.get("Content-Type") || "";
        if (type.indexOf("application/json") < 0) throw new Error("no answer of ours");
        return answer.json().then(function (data) { settle(answer.status, data); });
      }).catch(retry);
    }
    function settle(status, data) {
      sending = false;
      wait = 2000;
      if (status === 200) {
        revision = data.revision;
        say("已保存 " + data.saved_at, "good");
        show();
        if (pending) send();
      } else if (status === 409) {
        clash(data);
      } else {
        say("未保存：" + data.message, "bad");
      }
    }
    function retry() {
      sending = false;
      pending = true;
      say("未保存，正在重试", "bad");
      window.clearTimeout(waiting);
      waiting = window.setTimeout(send, wait);
      wait = Math.min(wait * 2, 30000);
    }
    window.addEventListener("beforeunload", function (event) {
      if (pending || sending) event.preventDefault();
    });
    window.addEventListener("online", function () { wait = 2000; send(); });

    /* Two tabs ----------------------------------------------------------------------------- */
    function clash(data) {
      var box = document.getElementById("conflict");
      var saved = document.getElementById("conflict-saved"), mine = document.getElementById("conflict-mine");
      say("未保存：请选择保留哪一份", "bad");
      saved.replaceChildren();
      mine.replaceChildren();
      data.posts.forEach(function (post) { name(saved, post.name + "（" + post.unit + "）"); });
      Array.prototype.forEach.call(list.children, function (one) {
        name(mine, one.querySelector(".mine-post").textContent + "（" + one.querySelector(".mine-unit").textContent + "）");
      });
      box.hidden = false;
      box.scrollIntoView({ block: "nearest" });
      document.getElementById("keep-saved").onclick = function () {
        list.replaceChildren();
        data.posts.forEach(function (post) { list.appendChild(makeLine(post.id, post.name, post.unit)); });
        revision = data.revision;
        pending = false;
        box.hidden = true;
        say("已用已保存的一份", "good");
        show();
      };
      document.getElementById("keep-mine").onclick = function () {
        revision = data.revision;
        box.hidden = true;
        changed();
      };
    }
    function name(where, text) {
      var item = document.createElement("li");
      item.textContent = text;
      where.appendChild(item);
    }

    /* Buttons ------------------------------------------------------------------------------ */
    var acts = {
      add: function (id, button) {
        if (line(id)) return;
        if (list.children.length >= limit) { say("最多填 " + limit + " 个志愿，请先移除一个", "bad"); return; }
        var card = button.closest("[data-card]");
        list.appendChild(makeLine(id, card.dataset.name, card.dataset.unit));
        changed();
      },
      remove: function (id) {
        var gone = line(id), next = gone.nextElementSibling || gone.previousElementSibling;
        gone.remove();
        changed();
        if (next) next.querySelector("button").focus();
      },
      up: function (id, button) {
        var one = line(id), before = one.previousElementSibling;
        if (!before) return;
        list.insertBefore(one, before);
        changed();
        button.focus();
      },
      down: function (id, button) {
        var one = line(id), after = one.nextElementSibling;
        if (!after) return;
        list.insertBefore(after, one);
        changed();
        button.focus();
      },
    };
    root.addEventListener("click", function (event) {
      var button = event.target.closest("button[name=act]");
      if (!button || !open) return;
      event.preventDefault();
      var parts = button.value.split(":");
      acts[parts[0]](parts[1], button);
    });
    if (open && window.Sortable) {
      list.classList.add("can-drag");
      window.Sortable.create(list, { handle: ".drag", animation: 0, onEnd: function (event) {
        if (event.oldIndex !== event.newIndex) changed();
      } });
    }
    document.addEventListener("htmx:afterSwap", show);

    /* The clock, by the server's time -------------------------------------------------------- */
    var clock = document.getElementById("clock");
    var ahead = new Date(root.dataset.now) - Date.now(), closes = new Date(root.dataset.closes);
    function two(number) { return (number < 10 ? "0" : "") + number; }
    function tick() {
      var left = Math.ceil((closes - (Date.now() + ahead)) / 1000);
      if (left <= 0) {
        clock.textContent = "已截止";
        open = false;
        list.classList.remove("can-drag");
        root.querySelectorAll("button[name=act]").forEach(function (button) { button.disabled = true; });
        return;
      }
      var days = Math.floor(left / 86400), rest = left % 86400;
      clock.textContent = "还有 " + (days ? days + " 天 " : "") + two(Math.floor(rest / 3600)) + ":" + two(Math.floor(rest % 3600 / 60)) + ":" + two(rest % 60);
      clock.parentNode.classList.toggle("deadline-near", left < 3600);
      window.setTimeout(tick, 1000);
    }
    if (open && clock) tick();
  }
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:load", start);
})();
