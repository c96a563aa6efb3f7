/* The support form: keeps what is typed in this browser until it is sent, and shows the answer in place. Without it the form works, too. */
(function () {
	'use strict';

	function stored(key) {
		try {
			return JSON.parse(window.localStorage.getItem(key) || '{}');
		} catch (fault) {
			return {};
		}
	}

	function store(key, values) {
		try {
			if (values) {
				window.localStorage.setItem(key, JSON.stringify(values));
			} else {
				window.localStorage.removeItem(key);
			}
		} catch (fault) {
			/* A browser that keeps nothing: the server does, from the first sending on. */
		}
	}

	function typed(form) {
		var values = {};
		form.querySelectorAll('.support-connector-input').forEach(function (field) {
			if (field.value) {
				values[field.name] = field.value;
			}
		});
		if (form.elements.sc_draft.value) {
			values.sc_draft = form.elements.sc_draft.value;
		}
		return values;
	}

	function fill(form, values) {
		form.querySelectorAll('.support-connector-input').forEach(function (field) {
			if (!field.value && values[field.name]) {
				field.value = values[field.name];
			}
		});
		form.elements.sc_draft.value = form.elements.sc_draft.value || values.sc_draft || '';
	}

	function faults(form, told) {
		form.querySelectorAll('.support-connector-fault').forEach(function (place) {
			var name = place.id.replace(/^sc-|-fault$/g, '');
			var field = form.querySelector('#sc-' + name);
			place.textContent = told[name] || '';
			if (field && told[name]) {
				field.setAttribute('aria-invalid', 'true');
			} else if (field) {
				field.removeAttribute('aria-invalid');
			}
			if (told[name] && place.closest('details')) {
				place.closest('details').open = true;
			}
		});
	}

	function say(result, words) {
		result.textContent = '';
		result.appendChild(document.createElement('p')).textContent = words;
		result.focus();
	}

	function fetchToken(form) {
		return window.fetch(form.dataset.tokenUrl, { credentials: 'same-origin', cache: 'no-store' })
			.then(function (reply) { return reply.json(); })
			.then(function (told) { form.elements.sc_token.value = told.token; })
			.catch(function () { /* The time that stands in the page is good for a day. */ });
	}

	function send(form, result, key) {
		var button = form.querySelector('button[type=submit]');
		button.disabled = true;
		form.setAttribute('aria-busy', 'true');
		result.textContent = form.dataset.sending;
		store(key, typed(form));
		fetchToken(form).then(function () {
			var body = new window.FormData(form);
			body.append('sc_answer', 'json');
			return window.fetch(window.location.href.split('#')[0], { method: 'POST', body: body, credentials: 'same-origin' });
		}).then(function (reply) {
			return reply.json().catch(function () {
				say(result, form.dataset.blocked);
				return null;
			});
		}, function () {
			say(result, form.dataset.away);
			return null;
		}).then(function (told) {
			button.disabled = false;
			form.removeAttribute('aria-busy');
			if (told) {
				answered(form, result, key, told);
			}
		});
	}

	function answered(form, result, key, told) {
		result.innerHTML = told.html;
		faults(form, told.faults || {});
		form.elements.sc_draft.value = told.draft || form.elements.sc_draft.value;
		form.querySelector('.support-connector-unsure').hidden = !told.sc_no_secret;
		if (told.why === 'automatic') {
			form.elements.sc_website.value = '';
		}
		store(key, typed(form));
		if (told.state === 'sent' || told.state === 'waiting' || told.state === 'sending') {
			store(key, null);
			form.hidden = true;
		}
		result.focus();
	}

	document.querySelectorAll('.support-connector-form').forEach(function (form) {
		var key = 'support-connector-' + form.dataset.owner;
		var result = form.parentNode.querySelector('.support-connector-result');
		fill(form, stored(key));
		form.addEventListener('input', function () { store(key, typed(form)); });
		form.addEventListener('submit', function (event) {
			event.preventDefault();
			send(form, result, key);
		});
		if (result.textContent.trim()) {
			result.focus();
		}
	});
	if (!document.querySelector('.support-connector-form')) {
		var done = document.querySelector('.support-connector-result[data-owner]');
		if (done) {
			store('support-connector-' + done.dataset.owner, null);
		}
	}
}());
