// files.h: which file below a directory a URL stands for, and what kind of file it is.
#pragma once

#include <http_parser.h>

#include <filesystem>
#include <optional>
#include <string>

inline std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// The path of a URL with %20 and the like replaced; nothing if that makes no sense.
inline std::optional<std::string> path_of(const std::string& url) {
  http_parser_url parts;
  http_parser_url_init(&parts);
  if (http_parser_parse_url(url.data(), url.size(), 0, &parts) != 0) return std::nullopt;
  const std::string coded =
      url.substr(parts.field_data[UF_PATH].off, parts.field_data[UF_PATH].len);
  std::string path;
  for (size_t i = 0; i < coded.size(); i++) {
    if (coded[i] != '%') {
      path += coded[i];
      continue;
    }
    const auto high = i + 2 < coded.size() ? hex_digit(coded[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(coded[i + 2]) : std::nullopt;
    if (!low || (*high == 0 && *low == 0)) return std::nullopt;
    path += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return path;
}

// A regular file below root, which is canonical; neither ".." nor a link leads out of it.
inline std::optional<std::string> locate(const std::filesystem::path& root,
                                         const std::string& path) {
  std::error_code error;
  auto file = std::filesystem::canonical(root / ("./" + path), error);
  if (!error && std::filesystem::is_directory(file)) file = canonical(file / "index.html", error);
  if (error || !std::filesystem::is_regular_file(file, error)) return std::nullopt;
  const std::string inside = root.native() + "/";
  if (file.native().compare(0, inside.size(), inside) != 0) return std::nullopt;
  return file.native();
}

inline const char* type_of(const std::string& file) {
  static constexpr const char* types[][2] = {{".html", "text/html; charset=utf-8"},
                                             {".txt", "text/plain; charset=utf-8"},
                                             {".css", "text/css; charset=utf-8"},
                                             {".js", "text/javascript; charset=utf-8"},
                                             {".svg", "image/svg+xml"},
                                             {".png", "image/png"}};
  const std::string extension = std::filesystem::path(file).extension();
  for (const auto& type : types) {
    if (extension == type[0]) return type[1];
  }
  return "application/octet-stream";
}
