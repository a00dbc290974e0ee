using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt.Messages;
using Xunit;

namespace Plait.Tests.Processes;

public class ChildWordsTests
{
    private readonly FakeTime _time = new();
    private readonly ChildWords _words;

    public ChildWordsTests() => _words = new(_time, new());

    [Fact]
    public void Lately_ManyLongLines_IsTheLastThreeEachCut() // G6
    {
        for (int i = 0; i < 10; i++)
        {
            _words.Add($"{i} " + string.Concat(Enumerable.Repeat("ab ", 1000)));
        }

        string[] kept = _words.Lately.ToString().Split(" / ");
        Assert.Equal(["7 ", "8 ", "9 "], kept.Select(line => line[..2]));
        Assert.All(kept, line => Assert.InRange(line.Length, 100, 200));
    }

    [Fact]
    public void Add_AddressesAndValues_AreScrubbed() // G5
    {
        _words.Add("dial 192.0.2.7:443 failed, cert=abc");
        _words.Add(new LogMessage(LogSeverity.Warning, "no route to [2001:db8::7]:443"));
        _words.Add(new StatusMessage("obfs4", [new("ADDRESS", "192.0.2.7:443"), new("CONNECT", "Failed"), new("VIA", "192.0.2.8:1")]));
        Assert.Equal("dial [scrubbed] failed, cert=[scrubbed] / no route to [scrubbed] / status CONNECT Failed, VIA [scrubbed]", _words.Lately.ToString());
    }

    [Fact] // Found by eng/fuzz child-words: a line was cut first, and half an address is not recognised as one
    public void Add_AddressWhereALineIsCut_IsScrubbed()
    {
        _words.Add(string.Concat(Enumerable.Repeat("ab ", 65)) + "192.0.2.7:443");
        Assert.DoesNotContain("192", _words.Lately.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_WhatIsNoWordOnHowItFares_IsNotKept()
    {
        _words.Add(" ");
        _words.Add(new LogMessage(LogSeverity.Debug, "a detail"));
        _words.Add(new StatusMessage("obfs4", [new("TYPE", "version"), new("VERSION", "1")]));
        _words.Add(new VersionMessage("1"));
        Assert.Equal("", _words.Lately.ToString());
    }

    [Fact]
    public void Since_OlderWords_AreLeftOut()
    {
        _words.Add("before");
        _time.Advance(TimeSpan.FromSeconds(1));
        long asked = _time.GetTimestamp();
        _words.Add("after");
        Assert.Equal("after", _words.Since(asked).ToString());
        Assert.Equal("before / after", _words.Lately.ToString());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("", _words.Since(asked).ToString());
        Assert.Equal("", _words.Lately.ToString());
        Assert.Equal("before / after", _words.OfEnd.ToString());
    }

    public static TheoryData<string, string> Ends => new()
    {
        { "", "" },
        { "one", "one" },
        { "one\ntwo\nthree\nfour", "one / four" },
        {
            "flag provided but not defined: -nosuchflag\nUsage of snowflake-client:\n  -log string\n    \tname of log file, errors too\n  -max int",
            "flag provided but not defined: -nosuchflag"
        },
        { "reading\nERROR no key\nerror: no home\nerror: a third\nbye", "ERROR no key / error: no home" },
        {
            "listening\npanic: runtime error: index out of range [3] with length 2\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:7 +0x1d\n"
            + "created by net/http.(*Server).Serve in goroutine 1\n\t/usr/lib/go/src/net/http/server.go:3086 +0x5cb\nexit status 2",
            "panic: runtime error: index out of range [3] with length 2"
        },
        {
            "panic: x [recovered]\n\tpanic: x\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n\ngoroutine 7 [running]:\n"
            + "net/http.(*conn).serve(0xc0001a2000, {0x8c9d00, 0xc00019e0f0})\n\t/usr/lib/go/x.go:1 +0x1",
            "panic: x [recovered]"
        },
        { "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/src/main.go:5 +0x2d", "fatal error: all goroutines are asleep - deadlock!" },
        { "Traceback (most recent call last):\n  File \"/usr/bin/pt\", line 1, in <module>\n    main()\nImportError: No module named pyptlib", "ImportError: No module named pyptlib" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void OfEnd_WhatAProgramSays_IsTheLineThatExplainsIt(string said, string expected) // R7
    {
        Array.ForEach(said.Split('\n'), _words.Add);
        Assert.Equal(expected, _words.OfEnd.ToString());
    }

    [Fact]
    public void Lately_APanicOfAProgramThatRan_IsThePanicAndNotItsStack() // R7
    {
        Array.ForEach("accepted\npanic: boom\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/src/main.go:7 +0x1d\nmain.main()\n\t/src/main.go:3".Split('\n'), _words.Add);
        Assert.Equal("accepted / panic: boom", _words.Lately.ToString());
        _words.Add("back again"); // a wrapper has started it once more
        Assert.Equal("accepted / panic: boom / back again", _words.Lately.ToString());
    }

    [Fact]
    public void OfEnd_NothingSaidAndSomethingPrinted_IsThat() // obfs-local prints its usage on stdout (R7)
    {
        _words.AddPrinted("");
        _words.AddPrinted("simple-obfs 0.0.5");
        _words.AddPrinted("  usage:");
        Assert.Equal("simple-obfs 0.0.5 / usage:", _words.OfEnd.ToString());
        Assert.Equal("", _words.Lately.ToString());
        _words.Add("no config");
        Assert.Equal("no config", _words.OfEnd.ToString());
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
