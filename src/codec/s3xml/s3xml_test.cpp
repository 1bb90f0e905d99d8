// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "codec/s3xml/answers.h"
#include "codec/s3xml/times.h"
#include "codec/s3xml/xml_reader.h"

namespace pinflow::s3xml {
namespace {

// "path=text" of each element, in the order of their ends.
std::string elements(std::string_view xml) {
    std::string all;
    Status read = read_elements(xml, [&](std::string_view path, std::string text) {
        all += (all.empty() ? "" : "; ") + std::string(path) + "=" + text;
        return Status{};
    });
    return read ? all : "refused";
}

TEST(XmlReader, gives_each_element_with_its_text) {
    EXPECT_EQ(elements("<a/>"), "a=");
    EXPECT_EQ(elements("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"http://x/\" b = 'c'>"
                       "<b>1</b><b >2</b ><c><d/></c></a>\n"),
              "refused");  // a space before "="
    EXPECT_EQ(elements("<?xml version=\"1.0\"?>\n<!-- <x> --><a xmlns=\"http://x/\" b='>'><b>1</b>"
                       "<b >2</b ><c><d/></c>t</a>\n"),
              "a/b=1; a/b=2; a/c/d=; a/c=; a=t");
    EXPECT_EQ(elements("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#x1F600;<![CDATA[<&]]></a>"),
              "a=<>&\"'A€😀<&");
}

TEST(XmlReader, what_is_not_well_formed_is_refused) {
    for (std::string_view xml : {"",
                                 " ",
                                 "text",
                                 "<",
                                 "<a",
                                 "<a>",
                                 "<a></b>",
                                 "</a>",
                                 "<a></a><b/>",
                                 "<a></a>x",
                                 "<a><b></a>",
                                 "<a x></a>",
                                 "<a x=1/>",
                                 "<a x=\"1/>",
                                 "<a x=\"1\"y=\"2\"/>",
                                 "< a/>",
                                 "<a>&nope;</a>",
                                 "<a>&amp</a>",
                                 "<a>&#0;</a>",
                                 "<a>&#xD800;</a>",
                                 "<a>&#x110000;</a>",
                                 "<a>&#;</a>",
                                 "<a>&#x;</a>",
                                 "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                                 "<a><!-- </a>",
                                 "<a><![CDATA[x</a>",
                                 "<![CDATA[x]]><a/>",
                                 "<?xml",
                                 "<a/",
                                 "<a></a ",
                                 "<a></aa>"})
        EXPECT_EQ(elements(xml), "refused") << xml;
    std::string deep;
    for (std::size_t i = 0; i < kDepthMax; ++i) deep += "<a>";
    std::string end;
    for (std::size_t i = 0; i < kDepthMax; ++i) end += "</a>";
    EXPECT_NE(elements(deep + end), "refused");
    EXPECT_EQ(elements(deep + "<a></a>" + end), "refused");
}

TEST(Listing, keys_are_decoded_only_where_the_page_says_so) {
    const std::string head = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    const std::string object =
        "<Contents><Key>a%2Bb+c%20d</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
        "<ETag>&quot;x&quot;</ETag><Size>12</Size></Contents>";
    auto encoded =
        read_list_page(head + object + "<EncodingType>url</EncodingType></ListBucketResult>");
    ASSERT_TRUE(encoded) << encoded.error().text;
    EXPECT_EQ(encoded->objects, (std::vector<ListedObject>{{"a+b c d", 12, 1'767'323'045'000}}));
    auto plain = read_list_page(head + object + "</ListBucketResult>");
    EXPECT_EQ(plain->objects.at(0).key, "a%2Bb+c%20d");
    EXPECT_FALSE(read_list_page("<Error><Code>x</Code></Error>"));
    EXPECT_FALSE(read_list_page(head + "<EncodingType>url</EncodingType><Contents><Key>%2</Key>"
                                       "</Contents></ListBucketResult>"));
    EXPECT_FALSE(read_list_page(head + "<Contents><Size>3</Size></Contents></ListBucketResult>"));
    EXPECT_FALSE(read_list_page(head + "<Contents><Key>a</Key><Size>-3</Size></Contents>"
                                       "</ListBucketResult>"));
}

TEST(Listing, a_token_without_truncation_is_no_more_page) {
    auto page = read_list_page(
        "<ListBucketResult><IsTruncated>false</IsTruncated>"
        "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>");
    EXPECT_EQ(page->next_token, "");
}

TEST(ErrorAnswers, say_their_code_or_nothing) {
    auto answer = read_error(
        "<Error><Code>NoSuchKey</Code><Message>no &lt;k&gt;</Message>"
        "<Region>eu-west-1</Region><RequestId>1</RequestId></Error>");
    EXPECT_EQ(answer.code, "NoSuchKey");
    EXPECT_EQ(answer.message, "no <k>");
    EXPECT_EQ(answer.region, "eu-west-1");
    EXPECT_EQ(read_error("<html><body><br></body></html>").code, "");
    EXPECT_EQ(read_error("").code, "");
    EXPECT_TRUE(is_error("\n<?xml version=\"1.0\"?>  <Error><Code>"));
    EXPECT_FALSE(is_error("<CompleteMultipartUploadResult/>"));
    EXPECT_FALSE(is_error("Error"));
}

TEST(Uploads, have_an_id_and_a_list_of_parts) {
    EXPECT_EQ(read_upload_id("<InitiateMultipartUploadResult><UploadId>a</UploadId>"
                             "</InitiateMultipartUploadResult>")
                  .value(),
              "a");
    EXPECT_FALSE(read_upload_id("<InitiateMultipartUploadResult/>"));
    std::string xml = write_completion({"\"a\"", "b"});
    EXPECT_EQ(elements(xml),
              "CompleteMultipartUpload/Part/PartNumber=1; CompleteMultipartUpload/Part/ETag=\"a\"; "
              "CompleteMultipartUpload/Part=; CompleteMultipartUpload/Part/PartNumber=2; "
              "CompleteMultipartUpload/Part/ETag=b; CompleteMultipartUpload/Part=; "
              "CompleteMultipartUpload=");
}

TEST(Times, of_listings_and_of_headers) {
    EXPECT_EQ(parse_iso_time("2026-01-02T03:04:05.678Z").value(), 1'767'323'045'678);
    EXPECT_EQ(parse_iso_time("2026-01-02T03:04:05Z").value(), 1'767'323'045'000);
    EXPECT_EQ(parse_iso_time("2026-01-02T03:04:05.6Z").value(), 1'767'323'045'600);
    EXPECT_EQ(parse_iso_time("2026-01-02T03:04:05.678901234Z").value(), 1'767'323'045'678);
    EXPECT_EQ(parse_http_time("Fri, 02 Jan 2026 03:04:05 GMT").value(), 1'767'323'045'000);
    for (const char* wrong :
         {"", "Z", "2026-01-02", "2026-13-02T03:04:05Z", "2026-02-30T03:04:05Z",
          "2026-01-02T24:04:05Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z",
          "2026-01-02T03:04:05.xZ", "+026-01-02T03:04:05Z"})
        EXPECT_FALSE(parse_iso_time(wrong)) << wrong;
    for (const char* wrong : {"", "Fri, 02 Jan 2026 03:04:05 CET", "Fri, 02 Jab 2026 03:04:05 GMT",
                              "Friday, 02-Jan-26 03:04:05 GMT"})
        EXPECT_FALSE(parse_http_time(wrong)) << wrong;
}

}  // namespace
}  // namespace pinflow::s3xml
