using System.Net;

namespace Plait.SystemTests.Secrecy;

/// <summary>The search finds what there is to find, and nothing else.</summary>
public class TranscriptTests
{
    [Theory]
    [InlineData("LOG SEVERITY=warning MESSAGE=\"dial tcp 192.0.2.7: refused\"")]
    [InlineData("from 192.0.2.7:4431.")]
    [InlineData("(2001:db8::7)")]
    [InlineData("at [2001:db8::7]:443")]
    [InlineData("::1 is away")]
    [InlineData("it was ::1.")]
    public void Leaks_Address_IsFoundAndNotRepeated(string line)
    {
        const string kind = "an address: ";
        string leak = Assert.Single(LeaksOf("stdout", line));
        leak = leak[leak.LastIndexOf(kind, StringComparison.Ordinal)..]; // after the name of this test
        Assert.DoesNotContain("2.7", leak, StringComparison.Ordinal);
        Assert.DoesNotContain("::", leak, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaks_SecretInUse_IsFoundAndNotRepeated()
    {
        SecretsInUse.AddArguments(["cert=blue-Banana"]);
        SecretsInUse.AddEnvironment([KeyValuePair.Create("TOR_PT_PROXY", (string?)"socks5://violet-user:green%20peas@192.0.2.1:1")]);

        Assert.All(new[] { "the blue-banana", "VIOLET-USER came", "green peas", "green%20peas" }, line =>
            Assert.Contains("###", Assert.Single(LeaksOf("stderr", line)), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("stdout", "CMETHOD a socks5 127.0.0.1:4000")]
    [InlineData("stdout", "SMETHOD a 192.0.2.1:4000 ARGS:cert=abc")]
    [InlineData("stdout", "STATUS TRANSPORT=a TYPE=version IMPLEMENTATION=\"plait\" VERSION=\"0.1.0\"")]
    [InlineData("stderr", "listen tcp [scrubbed]:18443: bind: permission denied")] // the port of a listener of ours
    [InlineData("event 102", "lyrebird ended with exit code 1; at 12:34:56 it is started again in 0.25 s: std::io, 1.2.3")]
    public void Leaks_WhatTorHasToKnowAndOrdinaryWords_AreNone(string source, string line) => Assert.Empty(LeaksOf(source, line));

    [Fact]
    public void Leaks_AnAddressElsewhereThanInItsMethodLine_IsFound() =>
        Assert.Single(LeaksOf("stderr", $"CMETHOD a socks5 {new IPEndPoint(IPAddress.Loopback, 4000)}"));

    [Fact]
    public void AssertClean_ALeak_Fails()
    {
        var transcript = new Transcript(isUnsafe: false); // not begun: the search at the end is not to find it
        transcript.Add("stderr", "192.0.2.7");

        Assert.ThrowsAny<Exception>(() => SecrecySearch.AssertClean([transcript]));
        SecrecySearch.AssertClean([new Transcript(isUnsafe: false)]);
    }

    private static IReadOnlyList<string> LeaksOf(string source, string line)
    {
        var transcript = new Transcript(isUnsafe: false);
        transcript.Add(source, line);
        return transcript.Leaks();
    }
}
