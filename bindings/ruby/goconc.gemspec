# frozen_string_literal: true

require_relative "lib/goconc/version"

# `gem build` wants ext/goconc/goconc_wrap.c, which SWIG writes: the CMake target goconc_ruby_gem
# puts it there, in a copy of this directory.
Gem::Specification.new do |spec|
  spec.name = "goconc"
  spec.version = Goconc::VERSION
  spec.summary = "Goroutines, channels, select and WaitGroup as in Go"
  spec.description = <<~TEXT
    Channels, select and WaitGroup for Ruby's threads and fibers, shared with native goroutines and
    with the other languages of the process. Works with any Fiber scheduler, and brings a small one.
  TEXT
  spec.authors = ["The goconc authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["lib/**/*.rb", "sig/*.rbs", "ext/goconc/*.{c,h,rb}", "README.md", "LICENSE"]
  spec.extensions = ["ext/goconc/extconf.rb"]
  spec.requirements = ["libgoconc #{Goconc::VERSION[/\A\d+\.\d+/]} with its headers"]
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
