# hash.rb: prints the SHA-256 of every file in a directory tree, computed by a pool of goroutines.
#
#   walk --files--> hash (N goroutines) --results--> print
require "digest/sha2"
require "etc"
require "goconc"
require "optparse"

Result = Struct.new(:path, :sum, :bytes, :error)

def reason(error) = error.class.new.message # without the path

# Calls on_file for every regular file at or below root, links to regular files included. A link to
# a directory is entered only if it is root itself, so that no loop is possible.
def walk(root, on_file, on_error)
  to_do = [root]
  while (path = to_do.pop)
    begin
      stat = File.stat(path)
      on_file.(path) if stat.file?
      next unless stat.directory? && (path.equal?(root) || !File.symlink?(path))

      Dir.each_child(path, encoding: Encoding::BINARY) { |name| to_do << File.join(path, name) }
    rescue SystemCallError => e
      on_error.(path, reason(e))
    end
  end
end

def hash_file(path)
  Result.new(path, Digest::SHA256.file(path).hexdigest, File.size(path))
rescue SystemCallError => e
  Result.new(path, nil, 0, reason(e))
end

# As sha256sum writes names: one line each, whatever they contain.
def escaped(path) = path.gsub(/[\\\n\r]/n, "\\" => "\\\\", "\n" => "\\n", "\r" => "\\r")

def report(result)
  name = escaped(result.path)
  return warn("hash: #{name}: #{result.error}") if result.error

  puts "#{'\\' unless name == result.path}#{result.sum}  #{name}"
end

workers = Etc.nprocessors
begin
  OptionParser.new("Usage: hash [-j N] [PATH]...") do |options|
    options.on("-j N", /[1-9]\d*/, "hash N files at the same time") { |n| workers = n.to_i }
  end.parse!
rescue OptionParser::ParseError => e
  warn "hash: #{e.message}"
  exit 2
end
started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
files = Goconc::Channel.new(256)
results = Goconc::Channel.new(256)

senders = Goconc::WaitGroup.new
senders.go do
  on_error = ->(path, error) { results << Result.new(path, nil, 0, error) }
  roots = ARGV.empty? ? ["."] : ARGV
  roots.each { |root| walk(root.b, files.method(:<<), on_error) }
  files.close
end
workers.times { senders.go { files.each { |path| results << hash_file(path) } } }
Goconc.go { senders.wait.then { results.close } }

all = results.each_entry.map { |result| result.tap { report(result) } }
errors = all.count(&:error)
seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
warn format("%d files, %d bytes, %d errors, %.2f s",
            all.size - errors, all.sum(&:bytes), errors, seconds)
exit errors.zero?
