using Plait.Processes;
using Xunit;

namespace Plait.Tests.Processes;

public class MentionTests
{
    [Theory]
    [InlineData("keys", "open keys: no such file", true)]
    [InlineData("keys", "cannot read /var/lib/pt/keys.", true)]
    [InlineData("keys", "keys", true)]
    [InlineData("keys", "old-keys and monkeys, then 'keys'", true)]
    [InlineData("keys", "monkeys", false)]
    [InlineData("keys", "keys.bak is gone", false)]
    [InlineData("iat-mode", "invalid iat-mode '7'", true)]
    [InlineData("mode", "invalid iat-mode '7'", false)]
    public void Of_NameInWords_IsAWordOfItsOwn(string name, string words, bool expected) => Assert.Equal(expected, Mention.Of(name, words));
}
