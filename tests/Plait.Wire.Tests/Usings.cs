global using System.Net;
global using Plait.Wire.ExtOrPort;
global using Plait.Wire.Handshakes;
global using Plait.Wire.Pt;
global using Plait.Wire.Socks;
global using Plait.Wire.Tests.Support;
global using Xunit;
