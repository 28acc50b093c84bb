--- A component for lualine.nvim: `sections = { lualine_x = { 'costline' } }`.
local Component = require('lualine.component'):extend()

function Component:init(options)
  -- Whoever chose a colour keeps it.
  options.color = options.color or function()
    return require('costline.line').group()
  end
  options.on_click = options.on_click or function()
    require('costline.breakdown').open()
  end
  Component.super.init(self, options)
end

function Component.update_status()
  return require('costline').statusline({ highlight = false })
end

return Component
