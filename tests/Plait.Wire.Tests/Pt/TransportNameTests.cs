namespace Plait.Wire.Tests.Pt;

public sealed class TransportNameTests
{
    [Theory] // N2
    [InlineData("_")]
    [InlineData("i")]
    [InlineData("_0")]
    [InlineData("__00__")]
    [InlineData("__init__")]
    [InlineData("obfs3_websocket")]
    public void IsValid_CIdentifier_True(string name) => Assert.True(TransportName.IsValid(name));

    [Theory] // N2, N3
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0abc")]
    [InlineData("a-b")]
    [InlineData("a|b")]
    [InlineData("i;")]
    [InlineData("é")]
    [InlineData("a b")]
    [InlineData("*")]
    [InlineData("a\n")]
    [InlineData("١")]
    public void IsValid_AnythingElse_False(string name) => Assert.False(TransportName.IsValid(name));
}
