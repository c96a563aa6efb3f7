/* The blocks of the support form and of the account panel: the server renders them, in the editor as on the page. */
(function (wp, told) {
	'use strict';

	var element = wp.element.createElement;

	Object.keys(told.titles).forEach(function (name) {
		var block = 'support-connector/' + name;
		wp.blocks.registerBlockType(block, {
			apiVersion: Number(told.api),
			title: told.titles[name],
			icon: 'sos',
			category: 'widgets',
			supports: { html: false, multiple: false },
			edit: function () {
				var server = wp.serverSideRender.default || wp.serverSideRender;
				return element('div', Object.assign({ inert: '' }, wp.blockEditor.useBlockProps()), element(server, { block: block }));
			},
			save: function () { return null; }
		});
	});
}(window.wp, window.supportConnectorBlocks));
