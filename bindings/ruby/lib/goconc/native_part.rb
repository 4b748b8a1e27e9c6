# frozen_string_literal: true

module Goconc
  # Loads native.so. A gem that brings it compiled has one for each Ruby, in a folder here with that
  # Ruby's version; otherwise it is goconc/native.so in the load path.
  # @api private
  module NativePart
    RUBY = RUBY_VERSION[/\A\d+\.\d+/]
    AGAIN = "please install goconc again with this Ruby"
    COMPILE = "compile goconc on this system: gem install goconc --platform ruby"

    # @raise [LoadError] that says what to do; its cause is what the system has said
    def self.load
      require compiled_for.include?(RUBY) ? File.join(__dir__, RUBY, "native") : "goconc/native"
    rescue LoadError => e
      raise LoadError, explain(e.message)
    end

    # The Rubies for which there is a folder here.
    def self.compiled_for = Dir["*/native.so", base: __dir__].map { |file| File.dirname(file) }

    # One sentence. The patterns are texts of Ruby and of glibc's loader.
    def self.explain(problem)
      return "goconc needs Linux with glibc; this is #{RUBY_PLATFORM}" unless glibc?

      case problem
      when /cannot load such file/ then explain_missing
      when /incompatible|libruby\S*: cannot open/
        "goconc's native part was compiled for a Ruby other than this #{RUBY}: #{AGAIN}"
      when /(\S+): cannot open shared object file/
        "goconc needs #{$1}, which was not found: please install it, or name its folder in " \
        "LD_LIBRARY_PATH"
      when /(\S+): version `(\S+)' not found/
        "goconc needs #{$2}, for which #{$1} is too old: please update that, or #{COMPILE}"
      else
        "goconc's native part cannot be loaded (#{problem}): please #{COMPILE}"
      end
    end

    def self.explain_missing
      return "goconc's native part, goconc/native.so, was not found: #{AGAIN}" if compiled_for.empty?

      "goconc is installed for Ruby #{compiled_for.join(', ')}, and this is Ruby #{RUBY}: #{AGAIN}"
    end

    # RubyGems takes a gem for x86_64-linux to be good for musl too.
    def self.glibc? = RUBY_PLATFORM.match?(/linux(-gnu)?\z/)
  end
  private_constant :NativePart
end
