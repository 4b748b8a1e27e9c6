# frozen_string_literal: true

module Goconc
  # Of the gem; it is that of libgoconc too.
  VERSION = "0.1.0"
end
