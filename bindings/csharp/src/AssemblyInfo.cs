using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Goconc.Tests")]
