using System.Net;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Diagnostics.Secrecy;

/// <summary>G5: of Plait's own places the port and the path are shown, and nothing else changes.</summary>
public class OwnPlacesTests
{
    private const string Folder = "/var/lib/tor-instances/bridge/pt_state/plait/plaitrc/server-obfs4";
    private const string Long = "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH";

    private readonly Scrubber _scrubber = new();

    public OwnPlacesTests()
    {
        _scrubber.LearnListener(IPEndPoint.Parse("0.0.0.0:443"));
        _scrubber.LearnListener(IPEndPoint.Parse("192.0.2.1:8443"));
        _scrubber.LearnFolder(Folder);
    }

    [Theory]
    [InlineData("listen tcp 0.0.0.0:443: bind: address already in use", "listen tcp #:443: bind: address already in use")]
    [InlineData("listen tcp [::]:443: bind: permission denied", "listen tcp #:443: bind: permission denied")]
    [InlineData("bind 192.0.2.1:8443", "bind #:8443")]
    public void Scrub_AListenerOfOurs_ShowsItsPortAlone(string said, string shown) => AssertShown(shown, said);

    [Theory]
    [InlineData("dial tcp 192.0.2.7:443: refused", "dial tcp #: refused")] // the same port of another
    [InlineData("192.0.2.1:443", "#")]
    [InlineData("192.0.2.1", "#")]
    public void Scrub_AnotherAddress_IsTakenOutWithItsPort(string said, string shown) => AssertShown(shown, said);

    [Theory]
    [InlineData($"open {Folder}/obfs4_state.json: permission denied", $"open {Folder}/obfs4_state.json: permission denied")]
    [InlineData($"{Folder} and {Folder}/x", $"{Folder} and {Folder}/x")]
    [InlineData($"open {Folder}/{Long}: no", $"open {Folder}#: no")]
    [InlineData($"{Long} in {Folder}", $"# in {Folder}")]
    [InlineData("open /var/lib/another-users-folder/of-secrets/x", "open #")]
    public void Scrub_AFolderOfOurs_StaysAndWhatIsSecretBesideItDoesNot(string said, string shown) => AssertShown(shown, said);

    [Fact]
    public void Scrub_ASecretInOurFolder_IsTakenOut() // a known value is one, wherever it stands
    {
        _scrubber.Learn(new Wire.Arguments.PtArguments([new("key", "instances")]));
        AssertShown("/var/lib/tor-#/bridge/pt_state/plait/plaitrc/server-obfs4", Folder);
    }

    private void AssertShown(string shown, string said) =>
        Assert.Equal(shown.Replace("#", "[scrubbed]", StringComparison.Ordinal), _scrubber.Scrub(said).ToString());
}
