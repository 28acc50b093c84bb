-- For `vim.lsp.enable('costline')`. The plugin starts the server by itself; whoever prefers this way sets
-- `vim.g.costline_config = { autostart = false }`. There is one server in either case.
return require('costline.server').native()
