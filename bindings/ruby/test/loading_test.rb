# frozen_string_literal: true

require_relative "helper"
require "tmpdir"

# What cannot be loaded is explained in one sentence. Each test makes an installation of its own, in
# @folder, and requires it in a process of its own.
class LoadingTest < Specification
  ROOT = File.expand_path("..", __dir__)
  NATIVE = $LOADED_FEATURES.find { |file| file.end_with?("goconc/native.so") }
  RUBY = RUBY_VERSION[/\A\d+\.\d+/]
  AGAIN = "please install goconc again with this Ruby"
  COMPILE = "compile goconc on this system: gem install goconc --platform ruby"

  def setup
    @folder = Dir.mktmpdir
    FileUtils.cp_r(File.join(ROOT, "lib/."), @folder)
  end

  def teardown = FileUtils.rm_rf(@folder)

  def test_the_version_is_that_of_the_header
    header = File.read(File.join(ROOT, "../../include/goconc/version.h"))
    assert_includes header, "GOC_VERSION_STRING \"#{Goconc::VERSION}\""
  end

  def test_the_native_part_in_the_folder_of_this_ruby
    install_native(RUBY)
    FileUtils.cp(File.join(File.dirname(NATIVE), "libgoconc.so.1"), File.join(@folder, "goconc", RUBY))
    assert_equal "loaded", load_goconc
  end

  def test_no_native_part
    assert_equal "goconc's native part, goconc/native.so, was not found: #{AGAIN}", load_goconc
  end

  def test_a_gem_for_another_ruby
    install_native("9.9")
    assert_equal "goconc is installed for Ruby 9.9, and this is Ruby #{RUBY}: #{AGAIN}", load_goconc
  end

  def test_a_native_part_for_another_ruby
    compile("native.so", "void *ruby_xmalloc(unsigned long n) { return (void *)n; }")
    assert_equal "goconc's native part was compiled for a Ruby other than this #{RUBY}: #{AGAIN}",
                 load_goconc
  end

  def test_no_libgoconc
    # A name that no system has, of the same length.
    install_native("", File.binread(NATIVE).gsub("libgoconc.so.1", "libgoconc.so.0"))
    assert_equal "goconc needs libgoconc.so.0, which was not found: please install it, or name its " \
                 "folder in LD_LIBRARY_PATH", load_goconc
  end

  def test_a_glibc_that_is_too_old
    newer_libc = compile("libc.so.6", "void newer(void) {}", "-nostdlib", "-Wl,-soname,libc.so.6",
                         version_script("GLIBC_9.99 { newer; };"))
    compile("native.so", "void newer(void); void Init_native(void) { newer(); }", newer_libc)
    FileUtils.rm(newer_libc)
    assert_match(/\Agoconc needs GLIBC_9\.99, for which \S*libc\.so\.6 is too old: please update that, or /,
                 load_goconc)
  end

  def test_a_system_without_glibc
    assert_equal "goconc needs Linux with glibc; this is x86_64-linux-musl",
                 load_goconc("RUBY_PLATFORM = 'x86_64-linux-musl'")
  end

  def test_a_damaged_native_part
    install_native("", "no library")
    assert_match(/\Agoconc's native part cannot be loaded \(.*native\.so: .*\): please #{COMPILE}\z/,
                 load_goconc)
  end

  private

  def install_native(ruby, content = File.binread(NATIVE))
    folder = File.join(@folder, "goconc", ruby)
    FileUtils.mkdir_p(folder)
    File.binwrite(File.join(folder, "native.so"), content)
  end

  # A library in the installation, from C.
  def compile(name, source, *options)
    library = File.join(@folder, "goconc", name)
    File.write("#{library}.c", source)
    assert system(ENV.fetch("CC", "cc"), "-shared", "-fPIC", "-o", library, "#{library}.c", *options)
    library
  end

  def version_script(text)
    file = File.join(@folder, "versions")
    File.write(file, text)
    "-Wl,--version-script=#{file}"
  end

  # What a program says that requires goconc, after something else.
  def load_goconc(first = "")
    program = <<~RUBY
      #{first}
      begin
        require "goconc"
        print "loaded"
      rescue LoadError => e
        print e.message
        raise "the reason is lost" unless e.cause.is_a?(LoadError)
      end
    RUBY
    output = IO.popen([{ "RUBYLIB" => nil }, RbConfig.ruby, "-W0", "-I", @folder, "-e", program],
                      err: %i[child out], &:read)
    assert_predicate Process.last_status, :success?, output
    output
  end
end
