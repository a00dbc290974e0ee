using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

public class ChildWordsTests
{
    private readonly FakeTime _time = new();
    private readonly ChildWords _words;

    public ChildWordsTests() => _words = new(_time, new());

    [Fact]
    public void Last_ManyLongLines_IsTheLastThreeEachCut() // G6
    {
        for (int i = 0; i < 10; i++)
        {
            _words.Add($"{i} " + string.Concat(Enumerable.Repeat("ab ", 1000)));
        }

        string[] kept = _words.Last.ToString().Split(" / ");
        Assert.Equal(["7 ", "8 ", "9 "], kept.Select(line => line[..2]));
        Assert.All(kept, line => Assert.InRange(line.Length, 100, 200));
    }

    [Fact]
    public void Add_AddressesAndValues_AreScrubbed() // G5
    {
        _words.Add("dial 192.0.2.7:443 failed, cert=abc");
        _words.Add(new LogMessage(LogSeverity.Warning, "no route to [2001:db8::7]:443"));
        _words.Add(new StatusMessage("obfs4", [new("ADDRESS", "192.0.2.7:443"), new("CONNECT", "Failed"), new("VIA", "192.0.2.8:1")]));
        Assert.Equal("dial [scrubbed] failed, cert=[scrubbed] / no route to [scrubbed] / status CONNECT Failed, VIA [scrubbed]", _words.Last.ToString());
    }

    [Fact] // Found by eng/fuzz child-words: a line was cut first, and half an address is not recognised as one
    public void Add_AddressWhereALineIsCut_IsScrubbed()
    {
        _words.Add(string.Concat(Enumerable.Repeat("ab ", 65)) + "192.0.2.7:443");
        Assert.DoesNotContain("192", _words.Last.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_WhatIsNoWordOnHowItFares_IsNotKept()
    {
        _words.Add(" ");
        _words.Add(new LogMessage(LogSeverity.Debug, "a detail"));
        _words.Add(new StatusMessage("obfs4", [new("TYPE", "version"), new("VERSION", "1")]));
        _words.Add(new VersionMessage("1"));
        Assert.Equal("", _words.Last.ToString());
    }

    [Fact]
    public void Since_WhatIsOlder_IsNotTold()
    {
        _words.Add("before");
        _time.Advance(TimeSpan.FromSeconds(1));
        long asked = _time.GetTimestamp();
        _words.Add("behind");
        Assert.Equal("behind", _words.Since(asked).ToString());
        Assert.Equal("before / behind", _words.Lately.ToString());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("", _words.Since(asked).ToString());
        Assert.Equal("", _words.Lately.ToString());
        Assert.Equal("before / behind", _words.Last.ToString());
    }

    [Fact]
    public void Next_SomethingIsSaid_Completes()
    {
        Task next = _words.Next;
        Assert.False(next.IsCompleted);
        _words.Add("x");
        Assert.True(next.IsCompleted);
        Assert.False(_words.Next.IsCompleted);
    }
}
