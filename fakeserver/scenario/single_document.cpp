#include "fakeserver/scenario/single_document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace postfault::scenario {

namespace {

struct SecondDocument {
    YAML::Mark mark;
};

// Lets one document pass.
class OneDocument : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (has_begun_)
            throw SecondDocument{mark};
        has_begun_ = true;
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}

    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}

    void OnSequenceEnd() override {}

    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}

    void OnMapEnd() override {}

private:
    bool has_begun_ = false;
};

} // namespace

YAML::Mark behind_first_document(const std::string& text) {
    std::istringstream in(text);
    YAML::Parser parser(in);
    OneDocument one;
    try {
        while (parser.HandleNextDocument(one)) {
        }
    } catch (const SecondDocument& second) {
        return second.mark;
    }
    return YAML::Mark::null_mark();
}

} // namespace postfault::scenario
