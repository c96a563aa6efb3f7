// Runs unit.php over the plugin under the PHP named: node run.mjs 7.4 <folder of the plugin> <unit.php>
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PHP } from '@php-wasm/universal';
import { loadNodeRuntime } from '@php-wasm/node';

const [ version, plugin, unit ] = process.argv.slice( 2 );
const php = new PHP( await loadNodeRuntime( version, { emscriptenOptions: { processId: 1 } } ) );
for ( const entry of readdirSync( plugin, { recursive: true, withFileTypes: true } ) ) {
	if ( entry.isFile() && entry.name.endsWith( '.php' ) ) {
		const path = join( entry.parentPath ?? entry.path, entry.name );
		const target = join( '/plugin', path.slice( plugin.length ) );
		php.mkdir( dirname( target ) );
		php.writeFile( target, readFileSync( path ) );
	}
}
php.writeFile( '/unit.php', readFileSync( unit ) );
const reply = await php.run( { code: "<?php $plugin = '/plugin'; require '/unit.php';" } );
console.log( reply.text );
if ( reply.errors ) {
	console.error( reply.errors );
}
process.exit( reply.exitCode );
