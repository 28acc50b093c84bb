// Formats Lua files, or with --check says which ones are not formatted: `node stylua.js [--check] CONFIG FILE …`. The
// formatter lies in the folder that $STYLUA names.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const stylua = createRequire(import.meta.url)(`${process.env.STYLUA}/stylua_lib_node.cjs`)

const words = process.argv.slice(2)
const check = words[0] === '--check'
const [options, ...files] = check ? words.slice(1) : words

/** A config, which formatting uses up. */
function config() {
  const config = stylua.Config.new()
  const kinds = { indent_type: stylua.IndentType, quote_style: stylua.QuoteStyle }
  for (const [, name, value] of readFileSync(options, 'utf8').matchAll(/^(\w+) = "?(\w+)"?$/gm)) {
    config[name] = kinds[name]?.[value] ?? Number(value)
  }
  return config
}

for (const file of files) {
  const before = readFileSync(file, 'utf8')
  const after = stylua.formatCode(before, config(), undefined, stylua.OutputVerification.None)
  if (after === before) continue
  if (check) {
    console.error(`${file} is not formatted; run: just fmt`)
    process.exitCode = 1
  } else {
    writeFileSync(file, after)
  }
}
