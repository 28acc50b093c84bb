// Bundles the extension into one file: `node build.mjs`, with `--watch` again on every change, with `--tests` the tests too.

import { resolve } from 'node:path';
import { build, context } from 'esbuild';

const shared = { bundle: true, logLevel: 'warning', target: 'es2022', legalComments: 'none' };

/** Hands the page's script and style over as text: `page:script`, `page:style`. */
const page = {
  name: 'page',
  setup(whole) {
    const files = { 'page:script': 'src/page/page.ts', 'page:style': 'src/page/page.css' };
    whole.onResolve({ filter: /^page:/ }, ({ path }) => ({ path, namespace: 'page' }));
    whole.onLoad({ filter: /.*/, namespace: 'page' }, async ({ path }) => {
      const options = {
        ...shared,
        entryPoints: [files[path]],
        minify: true,
        format: 'iife',
        write: false,
        metafile: true,
      };
      const made = await build(options);
      // A closing tag within it would end it.
      const text = made.outputFiles[0].text.replaceAll('</', '<\\/');
      const watchFiles = Object.keys(made.metafile.inputs).map(file => resolve(file));
      return { contents: text, loader: 'text', watchFiles };
    });
  },
};

/**
 * Leaves out what the language client has for documents: this extension registers none of it (`src/client.ts`), and would
 * make every window read twice as much at its start.
 */
const lean = {
  name: 'lean',
  setup(whole) {
    const kinds =
      'callHierarchy|codeAction|codeLens|colorProvider|completion|declaration|definition|diagnostic|documentHighlight|' +
      'documentLink|documentSymbol|executeCommand|fileOperations|fileSystemWatcher|foldingRange|formatting|hover|' +
      'implementation|inlayHint|inlineCompletion|inlineValue|linkedEditingRange|notebook|reference|rename|selectionRange|' +
      'semanticTokens|signatureHelp|textDocumentContent|typeDefinition|typeHierarchy|workspaceSymbol';
    const filter = new RegExp(`vscode-languageclient[\\\\/]lib[\\\\/]common[\\\\/](${kinds})\\.js$`);
    // Whatever is asked of such a module is a class whose features are not registered.
    const contents =
      'class Absent { registrationType = { method: "" }; }\n' +
      'module.exports = new Proxy({}, { get: (_, name) => (name === "__esModule" ? true : Absent) });';
    whole.onLoad({ filter }, () => ({ contents, loader: 'js' }));
  },
};

/** For Node: `vscode` is there when it runs. */
const host = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  external: ['vscode'],
  plugins: [page, lean],
};

const extension = { ...host, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', minify: true };
const tests = {
  ...host,
  entryPoints: { unit: 'tests/unit/all.ts', host: 'tests/host/all.ts' },
  outdir: 'dist/tests',
  sourcemap: 'inline',
};

if (process.argv.includes('--watch')) {
  await (await context(extension)).watch();
} else {
  await build(extension);
  if (process.argv.includes('--tests')) {
    await build(tests);
  }
}
