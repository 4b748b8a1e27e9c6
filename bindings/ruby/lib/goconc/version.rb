# frozen_string_literal: true

module Goconc
  VERSION = "0.1.0"
end
