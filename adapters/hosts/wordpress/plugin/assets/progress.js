/* Looks every five seconds how far the sending of the whole shop is. Closing the page stops the looking, not the sending. */
( function () {
	'use strict';
	var bar = document.getElementById( 'sc-progress' );
	var words = document.getElementById( 'sc-progress-words' );
	if ( ! bar || ! words || ! window.supportConnectorProgress ) {
		return;
	}
	function look() {
		window.fetch( window.supportConnectorProgress, { credentials: 'same-origin' } )
			.then( function ( reply ) {
				return reply.json();
			} )
			.then( function ( told ) {
				bar.max = Math.max( 1, told.total );
				bar.value = told.done;
				bar.dataset.state = told.state;
				words.textContent = told.words;
				if ( told.state === 'running' || told.state === 'stalled' ) {
					window.setTimeout( look, 5000 );
				}
			} )
			.catch( function () {
				window.setTimeout( look, 30000 );
			} );
	}
	if ( bar.dataset.state === 'running' || bar.dataset.state === 'stalled' ) {
		window.setTimeout( look, 2000 );
	}
}() );
