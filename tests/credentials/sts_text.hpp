#pragma once
// What STS writes, as tests need it.

#include <string>
#include <string_view>

namespace agent::credentials {

inline std::string sts_keys(const std::string& action, const std::string& id,
                            const std::string& expiration = "2126-01-02T03:04:05Z") {
    return "<" + action + R"(Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <)" + action +
           R"(Result>
    <Credentials>
      <AccessKeyId>)" +
           id + R"(</AccessKeyId>
      <SecretAccessKey>SECRET-of-)" +
           id + R"(</SecretAccessKey>
      <SessionToken>TOKEN-of-)" +
           id + R"(</SessionToken>
      <Expiration>)" +
           expiration + R"(</Expiration>
    </Credentials>
  </)" + action +
           R"(Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</)" + action +
           "Response>\n";
}

inline std::string sts_refusal(const std::string& code, const std::string& message) {
    return R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>)" +
           code + R"(</Code>
    <Message>)" +
           message + R"(</Message>
  </Error>
  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
</ErrorResponse>
)";
}

} // namespace agent::credentials
