--- A component for heirline.nvim: `require('costline.heirline')`, as it is or as a part of another one.
local line = require('costline.line')

return {
  condition = function()
    return require('costline.state').get().text ~= ''
  end,
  -- Not cached: the text depends on the width of the window, too. The line is drawn anew when the text changes.
  provider = function()
    return line.text({ highlight = false })
  end,
  hl = function()
    return line.group()
  end,
  on_click = {
    name = 'costline_heirline_click',
    callback = function()
      require('costline.breakdown').open()
    end,
  },
}
