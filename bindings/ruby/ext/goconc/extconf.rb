# frozen_string_literal: true

# Builds goconc/native.so against an installed libgoconc: found by pkg-config, or where
# --with-goconc-dir=PREFIX says.
require "mkmf"

dir_config("goconc")
pkg_config("goconc")
unless have_header("goconc/goconc.h") && have_library("goconc", "goc_op_cancel", "goconc/port.h")
  abort <<~TEXT
    libgoconc was not found. Please install it first, then say where it is if that is not a usual
    place: gem install goconc -- --with-goconc-dir=PREFIX
  TEXT
end
unless File.exist?(File.join(__dir__, "goconc_wrap.c"))
  abort "goconc_wrap.c is missing: build the gem with pkg/build gem"
end

# A libgoconc next to the extension comes first. Threads of it may run until the process is gone, so
# the extension is never unloaded.
$LDFLAGS << " -Wl,-rpath,'$$ORIGIN' -Wl,-z,nodelete" # rubocop:disable Style/GlobalVars
create_makefile("goconc/native")
