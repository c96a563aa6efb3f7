/* Loads the parts of a page that ask the connector, after the page is there, so that no page waits for it. */
(function () {
	'use strict';

	document.querySelectorAll('[data-support-connector-later]').forEach(function (place) {
		window.fetch(place.dataset.supportConnectorLater, { credentials: 'same-origin', cache: 'no-store' })
			.then(function (reply) { return reply.ok ? reply.json() : Promise.reject(reply.status); })
			.then(function (told) { place.innerHTML = told.html; })
			.catch(function () { place.textContent = place.dataset.away || ''; })
			.then(function () { place.removeAttribute('aria-busy'); });
	});
}());
