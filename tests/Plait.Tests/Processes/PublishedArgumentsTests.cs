using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Processes;

public sealed class PublishedArgumentsTests : IDisposable
{
    private static readonly PtArguments s_options = new([new("iat-mode", "0")]);
    private static readonly PtArguments s_cert = new([new("cert", "a,b=\\+/"), new("iat-mode", "0")]);

    private readonly TemporaryFolder _folder = new();
    private readonly LogRecorder _log = new();

    private string StateDirectory => _folder["obfs4proxy-1"];

    [Fact]
    public void Find_RememberedByAnEarlierStart_IsKnown()
    {
        Assert.Null(Open(StateDirectory).Find("obfs4", s_options));
        Open(StateDirectory).Remember("obfs4", s_options, s_cert);
        Open(StateDirectory).Remember("obfs3", PtArguments.Empty, PtArguments.Empty);

        var known = Open(StateDirectory);
        Assert.Equal(s_cert, known.Find("obfs4", s_options));
        Assert.Equal(PtArguments.Empty, known.Find("obfs3", PtArguments.Empty));
        Assert.Null(Open(_folder["obfs4proxy-2"]).Find("obfs4", s_options));
    }

    [Fact]
    public void Find_WithOtherOptions_IsNotKnown()
    {
        Open(StateDirectory).Remember("obfs4", s_options, s_cert);
        Assert.Null(Open(StateDirectory).Find("obfs4", new([new("iat-mode", "7")])));
    }

    [Fact]
    public void Remember_OtherArguments_Replaces()
    {
        Open(StateDirectory).Remember("obfs4", s_options, s_cert);
        Open(StateDirectory).Remember("obfs4", s_options, PtArguments.Empty);
        Assert.Equal(PtArguments.Empty, Open(StateDirectory).Find("obfs4", s_options));
    }

    [Fact]
    public void Remember_File_IsForOurUserAlone()
    {
        Open(StateDirectory).Remember("obfs4", s_options, s_cert);
        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.DoesNotContain("iat-mode=0 ", File.ReadAllText(file), StringComparison.Ordinal); // options may be secrets
    }

    [Theory]
    [InlineData("")]
    [InlineData("obfs4")]
    [InlineData("obfs4 00 cert=a more")]
    [InlineData("ob fs4 00 cert=a")]
    [InlineData("4obfs 00 cert=a")]
    [InlineData("obfs4 00 =a")]
    [InlineData("\0\u00ff\n\n")]
    public void Open_LinesThatAreNone_AreNotTaken(string text)
    {
        File.WriteAllText(StateDirectory + ".arguments", text);
        var known = Open(StateDirectory);
        Assert.Null(known.Find("obfs4", s_options));
        known.Remember("obfs4", s_options, s_cert);
        Assert.Equal(s_cert, Open(StateDirectory).Find("obfs4", s_options));
    }

    [Fact]
    public void Remember_CannotBeWritten_IsKnownForThisRun()
    {
        var known = Open(_folder["not there/x"]);
        known.Remember("obfs4", s_options, s_cert);
        Assert.Equal(s_cert, known.Find("obfs4", s_options));
    }

    [Fact]
    public void Remember_CannotBeWritten_IsOneWarning()
    {
        var known = Open(_folder["not there/x"]);
        known.Remember("obfs4", s_options, s_cert);
        known.Remember("obfs4", s_options, PtArguments.Empty); // the child was started again
        Assert.StartsWith("Warning 112: the arguments of bridge lines cannot be kept: ", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private PublishedArguments Open(string stateDirectory) => new(stateDirectory, _log);
}
