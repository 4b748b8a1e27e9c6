// Reads the headers of GOCONC_INCLUDE_DIR. See declarations.h.
#include "declarations.h"

#include <goconc/error.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace goc_test {
namespace {

using std::string;

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The word that ends before `end`.
string word_before(const string& text, size_t end) {
  while (end > 0 && !in_word(text[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && in_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

std::vector<string> words_of(const string& text) {
  std::vector<string> words;
  string word;
  for (char c : text + ' ') {
    if (in_word(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

string content_of(const std::filesystem::path& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

// A function's declaration follows its comment; a comment in between belongs to something else.
void read_header(const string& text, std::vector<Declaration>& out) {
  const string api = "\nGOC_API ";
  string comment;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "/*") == 0) {
      const size_t end = text.find("*/", at);
      comment = text.substr(at, end - at);
      at = end + 1;
    } else if (text.compare(at, api.size(), api) == 0) {
      const size_t open = text.find('(', at);
      const size_t end = text.find(';', at);
      const size_t close = text.rfind(')', end);
      out.push_back({word_before(text, open), text.substr(open + 1, close - open - 1),
                     std::exchange(comment, {})});
      at = end - 1;
    }
  }
}

std::vector<Declaration> read_all() {
  std::vector<Declaration> all;
  for (const auto& entry : std::filesystem::directory_iterator(GOCONC_INCLUDE_DIR "/goconc"))
    if (entry.path().extension() == ".h") read_header(content_of(entry.path()), all);
  return all;
}

const Declaration* declaration_of(const string& name) {
  for (const Declaration& d : declarations())
    if (d.name == name) return &d;
  return nullptr;
}

bool is_code(const string& word) {
  static const std::set<string> codes = {
#define GOC_ERROR(name, value, text) #name,
#include <goconc/errors.def>
#undef GOC_ERROR
  };
  return codes.count(word) != 0;
}

// Codes in the comment of `d`, and in those to which it refers: "as goc_a() and goc_b()", or a
// comment that begins with "goc_a()".
void collect_results(const Declaration& d, std::set<string>& visited, std::set<string>& results) {
  if (!visited.insert(d.name).second) return;
  string before = "as";
  for (const string& word : words_of(d.comment)) {
    if (is_code(word)) results.insert(word);
    const bool refers = before == "as" || before == "As" || before == "and";
    const Declaration* other = refers ? declaration_of(word) : nullptr;
    if (other != nullptr) collect_results(*other, visited, results);
    before = word;
  }
}

}  // namespace

bool Declaration::takes_number() const {
  const std::set<string> numbers = {"int", "size_t", "int64_t", "uint64_t"};
  std::istringstream list(parameters);
  for (string parameter; std::getline(list, parameter, ',');) {
    const std::vector<string> words = words_of(parameter);
    if (parameter.find('*') == string::npos && !words.empty() && numbers.count(words[0]) != 0)
      return true;
  }
  return false;
}

const std::vector<Declaration>& declarations() {
  static const std::vector<Declaration> all = read_all();
  return all;
}

const std::set<string>& documented_results(const string& function) {
  static const std::map<string, std::set<string>> all = [] {
    std::map<string, std::set<string>> results;
    for (const Declaration& d : declarations()) {
      std::set<string> visited;
      collect_results(d, visited, results[d.name] = {"GOC_OK"});
    }
    return results;
  }();
  return all.at(function);
}

bool documented(const string& function, int64_t result) {
  return result >= 0 ||
         documented_results(function).count(goc_error_name(static_cast<int>(result))) != 0;
}

}  // namespace goc_test
